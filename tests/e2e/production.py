"""A production made by the commands of docs/deployment.md, on PostgreSQL and Redis, with nginx and TLS before it."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import secrets
import shlex
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scripts.environment import for_supervisor, with_defaults
from tests.e2e.servers import ROOT, clinic_python, trained_model
from tests.ports import free_port

DEPLOY = ROOT / "deploy"
POSTGRES = os.environ.get("MARROW_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("MARROW_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
# Of the sixteen that Redis has: emptied at the end, so no other test may count in it at the same time.
REDIS_DATABASE = 14
DATABASES = {"marrow_clinic", "marrow_conversations"}
ROLES = {"marrow_owner", "marrow_clinic", "marrow_bot"}
PAGE = "https://www.clinic.example"
START_SECONDS = 240
# What a test must not do to the machine it runs on; each of these has its own test, or is the machine's business.
BY_THE_MACHINE = re.compile(
    r"apt-get |adduser |chown |runuser -u marrow -- make |cd |systemctl |nginx -t|docker |deploy/start "
)
MAIN = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/marrow.conf;
}}
"""


def guide() -> dict[str, list[str]]:
    """The commands of docs/deployment.md by step ("1" to "7", and "In" for the containers)."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    steps = re.findall(r"^## (\w+)(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {
        name: [line for block in re.findall(r"^```\n(.*?)^```$", text, re.M | re.S) for line in block.splitlines()]
        for name, text in steps
    }


def what_is_missing() -> str | None:
    """Why a production cannot be started on this machine, or None."""
    for program in ("nginx", "psql", "pg_dump"):
        if shutil.which(program) is None and not Path(f"/usr/sbin/{program}").exists():
            return f"{program} is not installed"
    try:
        psycopg.connect(POSTGRES.replace("+psycopg", ""), connect_timeout=3).close()
        redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping()
    except (psycopg.Error, redis.RedisError) as error:
        return f"a service does not answer: {type(error).__name__}"
    return None


def wait_until(what: Callable[[], Any], why: str, seconds: float = START_SECONDS) -> Any:
    """The first true value of `what`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := what():
            return value
        time.sleep(0.3)
    raise AssertionError(why)


def kept_under(client: Any, key: bytes) -> bytes:
    """What Redis keeps under a key, as it was written: in its own DUMP longer texts are compressed, and not found."""
    kind = client.type(key).decode()
    read = {
        "string": lambda: [client.get(key)],
        "hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        "list": lambda: client.lrange(key, 0, -1),
        "set": lambda: list(client.smembers(key)),
        "zset": lambda: client.zrange(key, 0, -1),
        "stream": lambda: [part for _, entry in client.xrange(key) for pair in entry.items() for part in pair],
        "none": list,  # gone meanwhile
    }[kind]
    return b"\n".join(part for part in read() if part is not None)


class Production:
    """Start it with `start`; `url` is its https address, `certificate` what signs it."""

    def __init__(self, folder: Path) -> None:
        trained_model()
        self.folder = folder
        self.data_dir = folder / "data"
        self.mark = secrets.token_hex(4)
        self.ports = {name: free_port() for name in ("bot", "actions", "desk", "https", "http")}
        self.url = f"https://127.0.0.1:{self.ports['https']}"
        self.certificate = folder / "fullchain.pem"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.names = {name: f"{name}_{self.mark}" for name in ROLES | DATABASES}
        server = urlsplit(POSTGRES)
        self._server = f"{server.hostname}:{server.port or 5432}"
        self._redis = re.sub(r"/\d+$", "", REDIS) + f"/{REDIS_DATABASE}"
        self.environment: dict[str, str] = {}

    def start(self) -> Production:
        """Follows the guide up to the start, then starts the supervisor and nginx."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
        self._follow_the_guide(clean)
        settings = self.folder / "etc" / "environment"
        self.environment = with_defaults({**clean, **dict(re.findall(r"^(\w+)=(.+)$", settings.read_text(), re.M))})
        self._run([str(DEPLOY / "start"), str(settings)], "supervisor.txt", clean)
        self._run([_program("nginx"), "-c", str(self._write_nginx())], "nginx.txt", clean)
        try:
            wait_until(lambda: self.get("/webhooks/website/health") == 200, "it did not come up", START_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.printed()}") from None
        return self

    def stop(self) -> None:
        """Stops everything, and takes away what it left in PostgreSQL and Redis."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.redis().flushdb()
        with self.admin() as connection:
            for name in ("marrow_clinic", "marrow_conversations"):
                connection.execute(f"DROP DATABASE IF EXISTS {self.names[name]} WITH (FORCE)")
            for name in sorted(ROLES):
                connection.execute(f"DROP ROLE IF EXISTS {self.names[name]}")

    def printed(self) -> str:
        """The end of what its processes printed and logged."""
        files = [*self.folder.glob("*.txt"), *self.data_dir.glob("logs/*.log")]
        return "\n".join(f"--- {file.name}\n{file.read_text()[-1500:]}" for file in files)

    def get(self, path: str) -> int:
        """The status of a path; 0 while nobody answers."""
        try:
            return self.client().get(path).status_code
        except httpx.HTTPError:
            return 0

    def client(self) -> httpx.Client:
        """A browser that knows the certificate."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(base_url=self.url, verify=context, timeout=90, headers={"Origin": PAGE})

    def marrow(self, *arguments: str) -> str:
        """What the clinic's command line prints."""
        command = [str(Path(clinic_python()).parent / "marrow"), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def supervisor(self, *arguments: str) -> str:
        """What `supervisorctl` prints."""
        command = [
            clinic_python(),
            "-m",
            "supervisor.supervisorctl",
            "--configuration",
            str(DEPLOY / "supervisord.conf"),
        ]
        environment = {**self.environment, **for_supervisor(self.environment)}
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True).stdout

    def pid(self, program: str) -> int:
        """The process of "bot" or "actions"; 0 while it has none."""
        found = self.supervisor("pid", program).strip()
        return int(found) if found.isdigit() else 0

    def dumps(self) -> dict[str, bytes]:
        """Everything that is stored: both databases as SQL, Redis, and the files of the data directory."""
        stored: dict[str, bytes] = {}
        for name in ("marrow_clinic", "marrow_conversations"):
            dump = ["pg_dump", self._url(name)]
            stored[name] = subprocess.run(dump, capture_output=True, check=True, timeout=60).stdout
        client = self.redis()
        stored["redis"] = b"\n".join(key + b"=" + kept_under(client, key) for key in client.keys("*"))
        files = (path for path in self.data_dir.rglob("*") if path.is_file())
        return stored | {path.name: path.read_bytes() for path in files}

    def count(self, database: str, table: str) -> int:
        """How many rows a table holds."""
        with psycopg.connect(self._url(database)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # type: ignore[index]

    def _url(self, database: str) -> str:
        return POSTGRES.replace("+psycopg", "").rsplit("/", 1)[0] + f"/{self.names[database]}"

    def redis(self) -> Any:
        """Its Redis."""
        return redis.Redis.from_url(self._redis)

    def admin(self) -> psycopg.Connection[Any]:
        """A superuser's connection."""
        return psycopg.connect(POSTGRES.replace("+psycopg", ""), autocommit=True)

    def _follow_the_guide(self, environment: dict[str, str]) -> None:
        """Types the commands of docs/deployment.md, with paths, names and ports of the test's own."""
        for folder in ("systemd", "nginx", "etc"):
            (self.folder / folder).mkdir()
        self.data_dir.mkdir(mode=0o700)
        script = "\n".join(
            [*self.typed("2"), *self.typed("3"), *self._own_settings(), *self.typed("4"), *self.typed("5")]
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    def typed(self, step: str) -> list[str]:
        """The commands of one step as this test types them."""
        own = {
            r"runuser -u postgres -- psql": f"psql {shlex.quote(POSTGRES.replace('+psycopg', ''))}",
            r"deploy/postgresql/roles.sql": f"<(sed {' '.join(self._renamed())} deploy/postgresql/roles.sql)",
            r"-o root -g marrow ": "",
            r"chgrp marrow": "chgrp $(id -g)",
            r"/etc/marrow": str(self.folder / "etc"),
            r"/var/lib/marrow": str(self.data_dir),
            r"/etc/systemd/system": str(self.folder / "systemd"),
            r"/etc/nginx/conf\.d": str(self.folder / "nginx"),
            r"//marrow_owner:": f"//{self.names['marrow_owner']}:",
            r"//marrow_clinic:": f"//{self.names['marrow_clinic']}:",
            r"//marrow_bot:": f"//{self.names['marrow_bot']}:",
            r"@127\.0\.0\.1:5432/(marrow_\w+)": lambda found: f"@{self._server}/{self.names[found[1]]}",
            r"redis://127\.0\.0\.1:6379/0": self._redis,
            r"127\.0\.0\.1:5055": f"127.0.0.1:{self.ports['actions']}",
            r"https://www\.clinic\.example": PAGE,
            r"https://chat\.clinic\.example": self.url,
            r"curl ": f"curl --silent --cacert {self.certificate} ",
        }
        commands = [line for line in guide()[step] if not BY_THE_MACHINE.match(line)]
        for theirs, ours in own.items():
            commands = [_replaced(line, theirs, ours) for line in commands]
        return commands

    def _renamed(self) -> list[str]:
        return [rf"-e 's/\b{name}\b/{own}/g'" for name, own in sorted(self.names.items())]

    def _own_settings(self) -> list[str]:
        """What several Marrows on one machine need, and a patient that types as fast as a test."""
        ports = [f"set_to MARROW_{name.upper()}_PORT {self.ports[name]}" for name in ("bot", "actions", "desk")]
        return [*ports, "set_to MARROW_WEBSITE_SESSION_LIMIT 6000/minute"]

    def _write_nginx(self) -> Path:
        _certificate(self.certificate, self.folder / "privkey.pem")
        text = (self.folder / "nginx" / "marrow.conf").read_text()
        for ours, own in (
            ("listen 80;", f"listen 127.0.0.1:{self.ports['http']};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.ports['https']} ssl;"),
            ("/etc/ssl/marrow", str(self.folder)),
            ("127.0.0.1:5005", f"127.0.0.1:{self.ports['bot']}"),
            ("127.0.0.1:5065", f"127.0.0.1:{self.ports['desk']}"),
        ):
            assert ours in text, ours
            text = text.replace(ours, own)
        (self.folder / "marrow.conf").write_text(text)
        main = self.folder / "nginx.conf"
        main.write_text(MAIN.format(folder=self.folder))
        return main

    def _run(self, command: list[str], output: str, environment: dict[str, str]) -> None:
        with (self.folder / output).open("wb") as file:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._processes.append(process)


def _replaced(line: str, theirs: str, ours: str | Callable[[re.Match[str]], str]) -> str:
    # A replacement that is a text would be read for escapes.
    return re.sub(theirs, ours if callable(ours) else lambda _: ours, line)


def _program(name: str) -> str:
    return shutil.which(name) or f"/usr/sbin/{name}"


def _certificate(file: Path, key_file: Path) -> None:
    """A certificate of this machine's own, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "chat.clinic.example")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("chat.clinic.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
