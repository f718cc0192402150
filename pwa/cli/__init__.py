"""The inkling command, a file for each group of commands. It alone imports every room."""

from __future__ import annotations

import click

from pwa import logs
from pwa.cli import authority, feeds, keys, serving, staff, systems, trail
from pwa.cli.acting import Plain


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Inkling: pass on the small things, and see who else is there.

    Settings come from the environment: INKLING_ORIGIN, INKLING_DATABASE_URL,
    INKLING_MASTER_KEY_FILE, INKLING_SECRET_KEY, INKLING_DEMO, INKLING_PROXIES,
    INKLING_PUSH_HOSTS, INKLING_WEBHOOK_HOSTS, INKLING_AUDIT_HEADS, PORT.
    """
    logs.begin()


for command in (
    *(serving.serve, serving.worker, serving.migrate),
    *(keys.keys, authority.found, authority.settings),
    *(authority.details, authority.retention, authority.demo),
    *(staff.staff, staff.invite, staff.devices),
    *(systems.token, systems.webhook, feeds.feed, trail.trail),
):
    main.add_command(command)
