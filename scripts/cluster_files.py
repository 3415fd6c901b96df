"""What a cluster on one machine is made of: ports, keys, settings, a certificate, nginx's files and databases.

The files of deploy/ are used as they stand; what differs are names, ports and the number of servers.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import psycopg

from clinic.keys import generate_key
from scripts.environment import ROOT, with_defaults
from scripts.servers import CannotStart

KEYS = ("DATA_KEY", "AUDIT_KEY", "TRACKER_KEY", "SESSION_KEY", "MESSAGING_KEY", "ACTIONS_SECRET")
# Each server with its port, in the order in which a roll-out restarts them; one is always there to answer.
SERVERS = {"actions": "actions", "actions-2": "actions_2", "bot": "bot", "bot-2": "bot_2", "desk": "desk"}
BALANCED = {"actions": "actions.conf", "actions-2": "actions.conf", "bot": "bots.conf", "bot-2": "bots.conf"}
PORTS: Mapping[str, int] = {
    "https": 8443, "http": 8080, "bot": 5005, "bot_2": 5006, "actions": 5055, "actions_2": 5056,
    "balancer": 5057, "desk": 5065, "postgres": 5433, "redis": 6380,
}  # fmt: skip
ACCOUNT = "postgres"
MAIN = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; {user}
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/marrow.conf;
    include {folder}/balancer.conf;
}}
"""
# The demo clinic's page, which a production's bot does not serve.
PAGE = """\
    location = / { root %s/demo; try_files /index.html =404; }
    location /demo/ { root %s; }
"""


def program(name: str) -> str:
    """Where a program is; Debian keeps PostgreSQL's and nginx off the path. Raises CannotStart."""
    places = [
        shutil.which(name),
        f"/usr/sbin/{name}",
        *sorted(map(str, Path("/").glob(f"usr/lib/postgresql/*/bin/{name}"))),
    ]
    for place in places:
        if place and Path(place).exists():
            return str(place)
    raise CannotStart(f"{name} is not installed. On Debian: apt-get install nginx-light postgresql redis-server")


Made = TypeVar("Made", bound="Files")


class Files:
    """A cluster in `folder`; `prepare` makes what is missing, and what is there stays.

    Args:
        folder: everything but PostgreSQL's files lies there; those too, unless this is root.
        ports: those of PORTS that are to be others.
        limits: False for a load from one address.
        settings: more variables of Marrow's.
    """

    def __init__(
        self, folder: Path, ports: Mapping[str, int] | None = None, *, limits: bool = True, **settings: str
    ) -> None:
        self.folder, self.limits, self.ports = folder, limits, {**PORTS, **(ports or {})}
        self.url = f"https://127.0.0.1:{self.ports['https']}"
        self.desk_url = f"https://localhost:{self.ports['https']}"
        self.certificate = folder / "fullchain.pem"
        self.settings_file = folder / "environment"
        self._more = settings
        is_root = os.geteuid() == 0
        self.account = ACCOUNT if is_root else pwd.getpwuid(os.geteuid()).pw_name
        name = f"marrow-cluster-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
        # PostgreSQL's account cannot enter root's folders.
        self.postgres_folder = Path(tempfile.gettempdir()) / name if is_root else folder / "postgres"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes run in."""
        found = re.findall(r"^(\w+)=(.*)$", self.settings_file.read_text(), re.M)
        written = {name: shlex.split(value)[0] for name, value in found if value}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MARROW_", "CLUSTER_"))}
        return with_defaults({**clean, **written})

    def database(self, name: str, role: str = ACCOUNT) -> str:
        """The address of a database: "marrow_clinic", "marrow_conversations" or PostgreSQL's own."""
        return f"postgresql://{role}@127.0.0.1:{self.ports['postgres']}/{name}"

    def prepare(self: Made) -> Made:
        """Makes keys, settings, certificate, databases and nginx's files; raises CannotStart."""
        for folder in (self.folder, self.folder / "data"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.settings_file.exists():
            self._write_settings()
        if not self.certificate.exists():
            self._make_certificate()
        self._write_nginx()
        self._make_databases()
        return self

    def log(self, name: str) -> Path:
        """The log of a program."""
        return self.folder / "data" / "logs" / f"{name}.log"

    def write_servers(self, without: str = "", only: str = "") -> None:
        """Writes which servers nginx asks; one is left out by name, or alone of its kind."""
        for file in set(BALANCED.values()):
            kind = [name for name, own in BALANCED.items() if own == file]
            chosen = [name for name in kind if name != without and (not only or only in (name, "") or only not in kind)]
            lines = [f"server 127.0.0.1:{self.ports[SERVERS[name]]} max_fails=0;" for name in chosen]
            (self.folder / file).write_text("\n".join(lines) + "\n")

    def _write_settings(self) -> None:
        origins = f"{self.url},{self.desk_url}"
        values = {
            "MARROW_ENVIRONMENT": "production",
            "MARROW_DATA_DIR": str(self.folder / "data"),
            "MARROW_DATABASE_URL": self.database("marrow_clinic", "marrow_clinic").replace(":", "+psycopg:", 1),
            "MARROW_TRACKER_URL": self.database("marrow_conversations", "marrow_bot"),
            "MARROW_REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "MARROW_ACTIONS_URL": f"http://127.0.0.1:{self.ports['balancer']}/webhook",
            "MARROW_WEBSITE_ORIGINS": origins,
            "MARROW_TRUSTED_PROXIES": "127.0.0.1",
            "MARROW_DESK_URL": self.desk_url,
            "MARROW_DESK_PROXIES": "127.0.0.1",
            **{f"MARROW_{name}_PORT": str(self.ports[name.lower()]) for name in ("BOT", "ACTIONS", "DESK")},
            **{f"MARROW_{name}": generate_key() for name in KEYS},
            "CLUSTER_FOLDER": str(self.folder),
            "CLUSTER_BOT_2_PORT": str(self.ports["bot_2"]),
            "CLUSTER_ACTIONS_2_PORT": str(self.ports["actions_2"]),
            "CLUSTER_NGINX": program("nginx"),
            "CLUSTER_REDIS": program("redis-server"),
            "CLUSTER_REDIS_PORT": str(self.ports["redis"]),
            "CLUSTER_POSTGRES": program("postgres"),
            "CLUSTER_POSTGRES_FOLDER": str(self.postgres_folder),
            "CLUSTER_POSTGRES_PORT": str(self.ports["postgres"]),
            "CLUSTER_POSTGRES_ACCOUNT": self.account,
            **self._more,
        }
        self.settings_file.touch(mode=0o600)
        self.settings_file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))

    def _make_certificate(self) -> None:
        """A certificate of this machine's own, for a month."""
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(self.folder / "privkey.pem"), "-out", str(self.certificate),
        ]  # fmt: skip
        _run(command)

    def _write_nginx(self) -> None:
        marrow = (ROOT / "deploy/nginx/marrow.conf").read_text()
        widget = ROOT / "widget"
        changes = {
            "listen 80;": f"listen 127.0.0.1:{self.ports['http']};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.ports['https']} ssl;",
            "/etc/ssl/marrow": str(self.folder),
            "server 127.0.0.1:5005 max_fails=0;": f"include {self.folder}/bots.conf;",
            "127.0.0.1:5065": f"127.0.0.1:{self.ports['desk']}",
            "chat.clinic.example": "127.0.0.1",
            "desk.clinic.example": "localhost",
            "    # Nothing else of the bot": f"{PAGE % (widget, widget)}    # Nothing else of the bot",
        }
        if not self.limits:
            changes |= {"rate=10r/s": "rate=100000r/s", "rate=20r/s": "rate=100000r/s"}
        balancer = {
            "server 127.0.0.1:5055 max_fails=0;": f"include {self.folder}/actions.conf;",
            "listen 127.0.0.1:5057;": f"listen 127.0.0.1:{self.ports['balancer']};",
        }
        (self.folder / "marrow.conf").write_text(_changed(marrow, changes))
        (self.folder / "balancer.conf").write_text(_changed((ROOT / "deploy/nginx/actions.conf").read_text(), balancer))
        self.write_servers()
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, user=user))

    def _make_databases(self) -> None:
        """Databases and roles by deploy/postgresql/roles.sql, and the clinic's tables by their owner."""
        data = self.postgres_folder / "data"
        as_account = ["runuser", "-u", self.account, "--"] if os.geteuid() == 0 else []
        control = [*as_account, str(Path(program("postgres")).with_name("pg_ctl")), "-D", str(data), "-w"]
        options = f"-p {self.ports['postgres']} -k {self.postgres_folder} -c listen_addresses=127.0.0.1"
        is_new = not data.exists()
        if is_new:
            self.postgres_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.chown(self.postgres_folder, self.account)
            initdb = str(Path(program("postgres")).with_name("initdb"))
            _run([*as_account, initdb, "-D", str(data), "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-sync"])
        _run([*control, "-l", str(self.postgres_folder / "log"), "-o", options, "start"])
        try:
            if is_new:
                words = [f"-v{role}_password='{secrets.token_hex(16)}'" for role in ("owner", "clinic", "bot")]
                _run(["psql", "-q", *words, "-f", str(ROOT / "deploy/postgresql/roles.sql"), self.database("postgres")])
            self.upgrade()
        finally:
            _run([*control, "-m", "fast", "stop"])

    def upgrade(self) -> None:
        """Brings the clinic's tables to this version, as their owner."""
        owner = self.database("marrow_clinic", "marrow_owner").replace(":", "+psycopg:", 1)
        _run([sys.executable, "-m", "clinic", "db", "upgrade"], {**self.environment, "MARROW_DATABASE_URL": owner})

    def requests(self) -> list[str]:
        """The references of all requests, in no order."""
        with psycopg.connect(self.database("marrow_clinic")) as connection:
            return [str(row[0]) for row in connection.execute("SELECT reference FROM consultation_requests")]


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for ours, own in changes.items():
        if ours not in text:
            raise CannotStart(f"deploy/nginx has no line with '{ours}' any more, which scripts/cluster.py changes")
        text = text.replace(ours, own)
    return text


def _run(command: list[str], environment: Mapping[str, str] | None = None) -> None:
    # PostgreSQL keeps what it inherits open: a pipe would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, cwd=ROOT if environment else "/", env=environment and dict(environment), stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, timeout=120, check=False,
        )  # fmt: skip
        output.seek(0)
        if done.returncode:
            said = output.read().decode(errors="replace").strip()[-1500:]
            raise CannotStart(f"{' '.join(command)} ended with {done.returncode}: {said}")
