"""What the commands share: opening the clinic, and printing so that no patient's text can pose as ours."""

import json
import os
import pwd
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.actors import Actor, Role
from clinic.domain.reference import normalise_reference
from clinic.errors import RequestNotFound, SettingsError

OPTIONS: dict[str, Any] = {
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
}
# Everything that some program takes for the end of a line.
_LINE_ENDS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LINE_END_SIGN = " ⏎ "
_NAME_WIDTH = 32


class existing_clinic:  # noqa: N801 - used as a function
    """Opens the clinic as it is: checks database and key, makes neither, closes connections."""

    def __enter__(self) -> Clinic:
        self._clinic = bootstrap(make_key=False)
        self._clinic.database.open_existing()
        return self._clinic

    def __exit__(self, *_: object) -> None:
        self._clinic.database.dispose()


def operator() -> Actor:
    """Return who types: the user of the operating system, who may do everything that the command line does."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    return Actor(f"os:{name}"[:64], Role.OPERATOR)


def well_formed(reference: str) -> str:
    """Return a reference in its one form.

    Raises:
        RequestNotFound: it is none.
    """
    known = normalise_reference(reference)
    if known is None:
        raise RequestNotFound(
            f"no request has the reference {one_line(reference)} "
            "(it is not a well-formed reference: check for a typing mistake). `marrow requests list` shows all."
        )
    return known


def one_line(text: str) -> str:
    """Return `text` on one line: line ends become a sign, runs of blanks one blank.

    Control and direction characters, with which a patient's text could rewrite the terminal, are taken out.
    """
    signed = LINE_END_SIGN.join(_LINE_ENDS.split(text))
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cf") else c for c in signed)
    return " ".join(plain.split())


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns; pairs without a value are left out."""
    table = Table(box=None, show_header=False)
    table.add_column(overflow="fold", max_width=_NAME_WIDTH)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            table.add_row(Text(one_line(name)), Text(one_line(value)))
    console().print(table)


def print_title(title: str) -> None:
    """Print a heading."""
    console().print(Text(title, style="bold"))


def console() -> Console:
    """Return where readable output goes."""
    return Console(highlight=False, soft_wrap=False)


def minute(moment: datetime) -> str:
    """Return a time to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M")


def as_json(value: Any) -> str:
    """Return a value as JSON over several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Raises:
        SettingsError: it cannot be written there.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".marrow-export-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
