"""Settings from the environment: frozen, typed, and checked before anything starts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from api.errors import Misconfigured
from api.trust import push_services

INSTANCE = Path("instance")
SECRET_LENGTH = 32


@dataclass(frozen=True, repr=False)
class Config:
    """Everything that a deployment sets. `read` makes one; tests make their own."""

    master_key_file: Path
    database_url: str
    origin: str
    secret_key: str
    demo: bool = False
    port: int = 8000
    # How many reverse proxies stand in front: their word for the client's address is taken.
    proxies: int = 0
    # The push services of browser vendors that may be sent to.
    push_hosts: Sequence[str] = push_services.HOSTS
    # Where other systems may be told what happened; none until they are listed.
    webhook_hosts: Sequence[str] = ()
    # Where the worker keeps heads of the audit trail: no database administrator can write there.
    audit_heads: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Config:
        """Read and check the settings. Raises Misconfigured, with one sentence, at the first fault."""
        port = _number(environment, "PORT", 8000, highest=65535)
        origin = _origin(environment.get("INKLING_ORIGIN") or f"http://localhost:{port}")
        local = _is_loopback(origin)
        config = cls(
            master_key_file=_master_key_file(environment, local),
            database_url=_database_url(environment, local),
            origin=origin.geturl(),
            secret_key=_secret_key(environment, local),
            demo=_switch(environment, "INKLING_DEMO"),
            port=port,
            proxies=_number(environment, "INKLING_PROXIES", 0, highest=5),
            push_hosts=_hosts(environment, "INKLING_PUSH_HOSTS") or push_services.HOSTS,
            webhook_hosts=_hosts(environment, "INKLING_WEBHOOK_HOSTS"),
            audit_heads=audit_heads(environment),
        )
        if config.demo and not local:
            raise Misconfigured(
                "INKLING_DEMO signs people in without a passkey, so it needs an INKLING_ORIGIN on "
                "this machine, such as http://localhost:8000."
            )
        return config

    @property
    def warnings(self) -> Sequence[str]:
        """What is missing without which it can still be served, a sentence each."""
        if self.is_local or self.audit_heads:
            return ()
        return (
            "INKLING_AUDIT_HEADS is not set: cutting off the end of the audit trail could not be proved.",
        )

    @property
    def is_local(self) -> bool:
        """Whether this is development: an origin that only this machine can reach."""
        return _is_loopback(urlsplit(self.origin))

    @property
    def host(self) -> str:
        """What the Host header of every request must say."""
        return urlsplit(self.origin).netloc

    @property
    def scheme(self) -> str:
        """https, or http on this machine."""
        return urlsplit(self.origin).scheme


def database_url(environment: Mapping[str, str]) -> str:
    """Give the database's address: an SQLite file under instance/ where none is set."""
    default = f"sqlite:///{(INSTANCE / 'inkling.db').absolute()}"
    return environment.get("INKLING_DATABASE_URL") or default


def master_key_file(environment: Mapping[str, str]) -> Path:
    """Give the path of the master key: under instance/ where none is set."""
    return Path(environment.get("INKLING_MASTER_KEY_FILE") or INSTANCE / "master.key").absolute()


def audit_heads(environment: Mapping[str, str]) -> Path | None:
    """Give the folder that heads of the audit trail are kept in, or None. Raises Misconfigured."""
    folder = environment.get("INKLING_AUDIT_HEADS", "")
    if folder and not Path(folder).is_absolute():
        raise Misconfigured(f"INKLING_AUDIT_HEADS must be a folder's whole path, not {folder}.")
    return Path(folder) if folder else None


def secret_key_file() -> Path:
    """Give the path of the secret that development uses. Production sets INKLING_SECRET_KEY."""
    return (INSTANCE / "secret.key").absolute()


def _origin(text: str) -> SplitResult:
    try:
        origin = urlsplit(text.rstrip("/"))
        _ = origin.port  # reading it checks it
    except ValueError as error:
        raise Misconfigured(f"INKLING_ORIGIN is not an address: {text}") from error
    extra = origin.path or origin.query or origin.fragment or origin.username
    if origin.scheme not in ("http", "https") or not origin.hostname or extra:
        raise Misconfigured(
            f"INKLING_ORIGIN must be a scheme and a host, such as https://inkling.example, not {text}"
        )
    if origin.scheme == "http" and not _is_loopback(origin):
        raise Misconfigured(
            "INKLING_ORIGIN must start with https:// unless it is on this machine: "
            "passkeys and sessions need it."
        )
    return origin._replace(netloc=origin.netloc.lower())


def _is_loopback(origin: SplitResult) -> bool:
    host = origin.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _master_key_file(environment: Mapping[str, str], local: bool) -> Path:
    if not local and not environment.get("INKLING_MASTER_KEY_FILE"):
        raise Misconfigured("INKLING_MASTER_KEY_FILE is missing: the path of the master key file.")
    path = master_key_file(environment)
    # A file that is not there is reported where it is read, with what to do about it.
    if path.exists() and path.stat().st_mode & 0o007:
        raise Misconfigured(f"Others on this machine may use the master key. Run: chmod o= {path}")
    return path


def _database_url(environment: Mapping[str, str], local: bool) -> str:
    url = database_url(environment)
    path = Path(url.removeprefix("sqlite:///"))
    if not local and url.startswith("sqlite:///") and path.exists() and path.stat().st_mode & 0o007:
        raise Misconfigured(f"Others on this machine may read the database. Run: chmod o= {path}")
    return url


def _secret_key(environment: Mapping[str, str], local: bool) -> str:
    secret = environment.get("INKLING_SECRET_KEY", "")
    if not secret and local:
        try:
            secret = secret_key_file().read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise Misconfigured(
                f"There is no secret key at {secret_key_file()}. Run: inkling keys make"
            ) from error
    if len(secret) < SECRET_LENGTH:
        what = "too short" if secret else "missing"
        raise Misconfigured(
            f"INKLING_SECRET_KEY is {what}: set {SECRET_LENGTH} random characters or more, "
            "the same on every machine. One way: openssl rand -hex 32"
        )
    return secret


def _hosts(environment: Mapping[str, str], name: str) -> Sequence[str]:
    hosts = environment.get(name, "").replace(",", " ").lower().split()
    wrong = [host for host in hosts if not re.fullmatch(r"\.?([a-z0-9-]+\.)+[a-z][a-z0-9-]*", host)]
    if wrong:
        raise Misconfigured(f"{name} must be names of hosts, not {wrong[0]}.")
    return hosts


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in ("", "0", "1"):
        raise Misconfigured(f"{name} must be 1 or 0, not {value}.")
    return value == "1"


def _number(environment: Mapping[str, str], name: str, default: int, *, highest: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) > highest:
        raise Misconfigured(f"{name} must be a number from 0 to {highest}, not {value}.")
    return int(value)
