"""`inkling token` and `webhook`: the other systems."""

from __future__ import annotations

import os

import click

from api.errors import Misconfigured
from api.staff import connected, tokens
from api.telling import webhooks
from pwa.cli.acting import acting, checked_id
from pwa.config import Config


@click.group()
def token() -> None:
    """Tokens with which other systems sign in to the API."""


@token.command("make")
@click.argument("agency_id")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What for; repeat it.")
@click.option("--purpose", required=True, help="For which of the authority's purposes it looks.")
@click.option("--days", type=int, default=180, show_default=True, help="How long it lasts.")
def make_token(agency_id: str, name: str, scopes: tuple[str, ...], purpose: str, days: int) -> None:
    """Make a token for the system NAME of an agency; prints its secret, this once.

    Scopes are people:search, people:read, involvements:write, notes:write, filings:take and
    events:read. The tokens that a system has after another have one NAME.
    """
    with acting() as actor:
        made = tokens.make(
            actor,
            agency_id=checked_id(agency_id),
            name=name,
            scopes=scopes,
            purpose=purpose,
            days=days,
        )
    click.echo(made.secret)
    click.echo(f"  {made.id}, until {made.expires_at}; this is shown only once", err=True)


@token.command("list")
def list_tokens() -> None:
    """List the tokens: whose, what for, until when and when they were last used."""
    with acting() as actor:
        for one in tokens.every(actor):
            ended = one.ended(actor.store.now())
            state = ended or f"until {one.expires_at}"
            click.echo(
                f"{one.id}  {one.name}, {one.agency}: {' '.join(sorted(one.scopes))}, for "
                f"{one.purpose}, {state}, last used {one.used_at or 'never'}"
            )


@token.command("revoke")
@click.argument("token_id")
def revoke_token(token_id: str) -> None:
    """End the token TOKEN_ID, at once."""
    with acting() as actor:
        tokens.revoke(actor, token_id)
    click.echo("  revoked")


@click.group()
def webhook() -> None:
    """Where other systems are told that there is something to fetch."""


@webhook.command("add")
@click.argument("token_id")
@click.argument("url")
def add_webhook(token_id: str, url: str) -> None:
    """Let the system of the token TOKEN_ID be told at URL; prints the secret, this once."""
    hosts = Config.read(os.environ).webhook_hosts
    with acting() as actor:
        found = [one for one in tokens.every(actor) if one.id == token_id]
        if not found:
            raise Misconfigured("There is no such token. Run: inkling token list")
        made = webhooks.add(actor, found[0].source_id, url, hosts)
    click.echo(made.secret)
    click.echo(f"  {made.id}; this is shown only once", err=True)


@webhook.command("list")
def list_webhooks() -> None:
    """List the webhooks, and how each is."""
    with acting() as actor:
        for system in connected.every(actor):
            for one in system.webhooks:
                state = "stopped" if one.stopped_at else "failing" if one.failing_since else "well"
                why = f" ({one.why})" if one.why else ""
                click.echo(
                    f"{one.id}  {system.name}, {system.agency}: {one.url}, {state}{why}, last told "
                    f"{one.told_at or 'never'}"
                )


@webhook.command("secret")
@click.argument("webhook_id")
def renew_secret(webhook_id: str) -> None:
    """Give WEBHOOK_ID a new secret, and print it; the old one holds for a day beside it."""
    with acting() as actor:
        click.echo(webhooks.renew(actor, webhook_id).secret)


@webhook.command("start")
@click.argument("webhook_id")
def start_webhook(webhook_id: str) -> None:
    """Start WEBHOOK_ID again where it was given up."""
    with acting() as actor:
        webhooks.start(actor, webhook_id)
    click.echo("  started")


@webhook.command("remove")
@click.argument("webhook_id")
def remove_webhook(webhook_id: str) -> None:
    """Tell WEBHOOK_ID nothing any more, at once."""
    with acting() as actor:
        webhooks.end(actor, webhook_id)
    click.echo("  removed")
