"""Style, script and icon under addresses that hold the digest of their content, so that browsers may keep them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file: its address, its content and its type."""

    address: str
    content: bytes
    media_type: str


class Assets:
    """All files of desk/static that a page may ask for."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._by_name = {path.name: _asset(path) for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """Return the address of a file; KeyError when there is none."""
        return self._by_name[name].address

    def at(self, address: str) -> Asset | None:
        """Return what an address stands for."""
        return self._by_address.get(address)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(f"/static/{hashlib.sha256(content).hexdigest()[:16]}/{path.name}", content, _TYPES[path.suffix])
