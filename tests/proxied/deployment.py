"""The files of docs/deploy at work: nginx with TLS, PostgreSQL's roles, Redis's users, `inbox serve` and a worker."""

import datetime
import json
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inbox.storage.vault import new_key
from tests import servers, services
from tests.journeys.processes import HURRIED, Processes
from tests.journeys.waiting import until

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ROOT / "docs" / "deploy"
NAME = "inbox.example.com"
PASSWORD = "a-long-password"


@dataclass
class Deployment:
    """What runs: the address that browsers see, where it really listens, and what only the machine itself reaches."""

    port: int
    web_port: int
    facts: dict[str, Any]
    processes: Processes
    nginx: Path
    databases: dict[str, str]
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        """As browsers and Twilio write it."""
        return f"https://{NAME}:{self.port}"

    def browser(self, *, host: str = NAME, **headers: str) -> httpx2.Client:
        """A browser without memory, at 127.0.0.1 under the name of the site."""
        return httpx2.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": f"{host}:{self.port}", **headers},
            verify=self.trust,
            timeout=20,
            trust_env=False,
        )

    def signed_in(self, email: str = "jo@demo.test") -> httpx2.Client:
        """A browser in which somebody of the demo is signed in."""
        browser = self.browser(Origin=self.url)
        answer = browser.post("/login", data={"email": email, "password": "demo-inbox"})
        assert answer.status_code == 303, answer.text[:500]
        browser.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
        return browser

    def log(self) -> str:
        """What the web process and the worker have printed."""
        return self.processes.printed()


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """All of it, on ports of its own."""
    port, web_port, redis_port = (services.free_port() for _ in range(3))
    with ExitStack() as stack:
        admin = stack.enter_context(services.fresh_postgres_database())
        databases = _roles(admin)
        stack.callback(_drop_roles, admin)
        _redis(stack, folder, redis_port)
        environment = {
            **HURRIED,
            "INBOX_DATABASE_URL": databases["app"],
            "INBOX_REDIS_URL": f"redis://inbox:{PASSWORD}@127.0.0.1:{redis_port}/0",
            "INBOX_SECRET_KEY": "a key for a deployment that is long enough",
            "INBOX_VAULT_KEYS": new_key(),
            "INBOX_PUBLIC_URL": f"https://{NAME}:{port}",
            "INBOX_TWILIO_API_URL": "http://127.0.0.1:9",
            "INBOX_LOG_FORMAT": "json",
            "INBOX_METRICS_TOKEN": "a token for metrics",
        }
        owner = Processes(folder, environment | {"INBOX_DATABASE_URL": databases["owner"]})
        owner.do("migrate")
        _run_sql(databases["owner"], (FILES / "postgresql-after-migrating.sql").read_text())
        owner.do("seed", "--conversations", "0", "--messages", "0")
        processes = Processes(folder, environment)
        stack.callback(processes.stop)
        processes.start("web", "serve", INBOX_PORT=str(web_port))
        processes.start("worker", "worker")
        processes.wait_for(f"http://127.0.0.1:{web_port}/readyz")
        trust = _certificate(folder)
        nginx = _nginx(stack, folder, port, web_port)
        yield Deployment(port, web_port, json.loads(processes.do("info", "--json")), processes, nginx, databases, trust)


def site(folder: Path, port: int, web_port: int) -> str:
    """docs/deploy/nginx.conf with the ports and files of the tests; nothing else is another."""
    text = (FILES / "nginx.conf").read_text()
    for was, now in (
        ("server 127.0.0.1:8000 ", f"server 127.0.0.1:{web_port} "),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{services.free_port()}"),
        ("/etc/ssl/inbox/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/nginx/"),
    ):
        assert was in text, was
        text = text.replace(was, now)
    return text


def _nginx(stack: ExitStack, folder: Path, port: int, web_port: int) -> Path:
    home = folder / "nginx"
    home.mkdir()
    (home / "site.conf").write_text(site(folder, port, web_port))
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "\n".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {home}/pid; error_log {home}/errors;\n"
        f"events {{ worker_connections 2048; }}\nhttp {{ {temporary}\ninclude {home}/site.conf; }}\n"
    )
    command = [services.nginx_path(), "-p", str(home), "-c", str(home / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)

    def answers() -> bool:
        assert process.poll() is None, (home / "errors").read_text()
        try:
            return httpx2.get(f"https://127.0.0.1:{port}/", verify=False, timeout=5, trust_env=False).is_success
        except httpx2.RemoteProtocolError:
            return True  # it says nothing to whoever does not know its name
        except httpx2.TransportError:
            return False

    until(answers)
    return home


def _certificate(folder: Path) -> ssl.SSLContext:
    """A certificate of the site's name, and a context that trusts it under whatever address it is asked."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    trust.check_hostname = False
    return trust


def _redis(stack: ExitStack, folder: Path, port: int) -> None:
    users = folder / "users.acl"
    users.write_text("".join(f"{line}\n" for line in (FILES / "redis.acl").read_text().splitlines() if line[:1] != "#"))
    program = servers.redis_program()
    assert program is not None, servers.REDIS_MISSING
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--aclfile", str(users)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    until(lambda: servers.redis_answers(f"redis://inbox:{PASSWORD}@127.0.0.1:{port}/0"))


def _roles(admin: str) -> dict[str, str]:
    """The URL of each role of postgresql.sql, under names that no other run has."""
    suffix = _suffix(admin)
    text = (FILES / "postgresql.sql").read_text()
    text = re.sub(r"\binbox_(owner|app|backup)\b", rf"inbox_\1_{suffix}", text)
    text = re.sub(r":'(\w+)_password'", f"'{PASSWORD}'", text)
    database = urlsplit(admin).path.lstrip("/")
    text = re.sub(
        r"SELECT format\('(.*?)', current_database\(\)\) \\gexec",
        lambda m: f"{m[1] % database};".replace("%I", database),
        text.replace("%I", "%s"),
    )
    _run_sql(admin, text)
    found = {}
    for name in ("owner", "app", "backup"):
        parts = urlsplit(admin)
        found[name] = parts._replace(netloc=f"inbox_{name}_{suffix}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()
    return found


def _drop_roles(admin: str) -> None:
    for name in ("owner", "app", "backup"):
        role = f"inbox_{name}_{_suffix(admin)}"
        # One at a time: together they trip over the rights that the one has given to the others.
        for statement in (f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}"):
            _run_sql(admin, statement)


def _suffix(admin: str) -> str:
    return urlsplit(admin).path.rpartition("_")[2]


def _run_sql(url: str, text: str) -> None:
    role = urlsplit(url).username or ""
    if "_" in role:
        text = re.sub(r"\binbox_app\b", f"inbox_app_{role.rpartition('_')[2]}", text)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())
