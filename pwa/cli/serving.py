"""`inkling serve`, `worker` and `migrate`: what runs."""

from __future__ import annotations

import os
import signal
import socket
import threading
from urllib.parse import urlsplit

import click
from flask import Flask

from api import authority as authorities
from api.errors import Misconfigured
from pwa import create_app, logs
from pwa.cli.acting import opened, warn
from pwa.config import Config, database_url


def make_app() -> Flask:
    """Make the app in a process of the web server."""
    logs.begin()
    return create_app()


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), envvar="WEB_CONCURRENCY", help="Processes.")
def serve(workers: int | None) -> None:
    """Serve the pages."""
    from granian import Granian
    from granian.constants import Interfaces

    config = Config.read(os.environ)
    warn(config)
    create_app(config).extensions["authority"].close()  # says here what would be wrong in there
    address = _listen_on(config)
    _check_free(address, config.port)
    click.echo(f"  serving {config.origin} on {address}, port {config.port}")
    Granian(
        "pwa.cli.serving:make_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=config.port,
        workers=workers or (1 if config.is_local else min(4, os.cpu_count() or 1)),
        blocking_threads=8,
        websockets=False,
        log_enabled=False,  # ours says what is needed, without what must not be logged
    ).serve()


@click.command()
def worker() -> None:
    """Tell what is due (inboxes, notifications on phones), and seal the audit trail."""
    from push import worker as pushing

    config = Config.read(os.environ)
    warn(config)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with opened() as authority:
        pushing.run(
            authority,
            stop,
            hosts=config.push_hosts,
            webhook_hosts=config.webhook_hosts,
            audit_heads=config.audit_heads,
        )


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    ran = authorities.migrate(database_url(os.environ))
    click.echo(f"  {len(ran)} migrations ran" if ran else "  the database is up to date")


def _listen_on(config: Config) -> str:
    """Give the address to listen on: in development nobody else can reach it."""
    host = urlsplit(config.origin).hostname or ""
    if not config.is_local:
        return "0.0.0.0"  # noqa: S104 - a proxy in front ends TLS
    return "::1" if host == "::1" else "127.0.0.1"


def _check_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise Misconfigured(
                f"Port {port} cannot be used ({error.strerror}). Choose another with PORT."
            ) from error
