"""The inkling command. It alone imports every room."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask

from api import authority as authorities
from api.authority import Authority
from api.errors import InklingError, Misconfigured
from api.moment import is_id
from api.staff import agencies, invitations, practitioners
from api.trust import audit, heads, rotation, sealer, sealing, verifying
from api.trust.actor import Actor
from api.trust.keys import MasterKey
from pwa import create_app, founding, logs
from pwa.config import Config, audit_heads, database_url, master_key_file, secret_key_file


class Plain(click.Group):
    """Says what went wrong in one line, and ends with 1. No stack trace for what was foreseen."""

    def invoke(self, context: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(context)
        except InklingError as error:
            sentence = error.sentence
        except OSError as error:
            sentence = f"{error.strerror or error}: {error.filename or 'a file'}."
        click.echo(f"inkling: {sentence}", err=True)
        raise SystemExit(1)


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Inkling: pass on the small things, and see who else is there.

    Settings come from the environment: INKLING_ORIGIN, INKLING_DATABASE_URL,
    INKLING_MASTER_KEY_FILE, INKLING_SECRET_KEY, INKLING_DEMO, INKLING_PROXIES,
    INKLING_PUSH_HOSTS, INKLING_WEBHOOK_HOSTS, INKLING_AUDIT_HEADS, PORT.
    """
    logs.begin()


# --- Serving ------------------------------------------------------------------------------------


def make_app() -> Flask:
    """Make the app in a process of the web server."""
    logs.begin()
    return create_app()


@main.command()
@click.option("--workers", type=click.IntRange(1, 64), envvar="WEB_CONCURRENCY", help="Processes.")
def serve(workers: int | None) -> None:
    """Serve the pages."""
    from granian import Granian
    from granian.constants import Interfaces

    config = Config.read(os.environ)
    _warn(config)
    create_app(config).extensions["authority"].close()  # says here what would be wrong in there
    address = _listen_on(config)
    _check_free(address, config.port)
    click.echo(f"  serving {config.origin} on {address}, port {config.port}")
    Granian(
        "pwa.cli:make_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=config.port,
        workers=workers or (1 if config.is_local else min(4, os.cpu_count() or 1)),
        blocking_threads=8,
        websockets=False,
        log_enabled=False,  # ours says what is needed, without what must not be logged
    ).serve()


@main.command()
def worker() -> None:
    """Tell what is due (inboxes, notifications on phones), and seal the audit trail."""
    from push import worker as pushing

    config = Config.read(os.environ)
    _warn(config)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _opened() as authority:
        pushing.run(
            authority,
            stop,
            hosts=config.push_hosts,
            webhook_hosts=config.webhook_hosts,
            audit_heads=config.audit_heads,
        )


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    ran = authorities.migrate(database_url(os.environ))
    click.echo(f"  {len(ran)} migrations ran" if ran else "  the database is up to date")


# --- Setting up ---------------------------------------------------------------------------------


@main.group()
def keys() -> None:
    """Make this machine's keys, rotate them, and destroy old ones."""


@keys.command("make")
def make_keys() -> None:
    """Make the master key, and the secret that development uses, where they are missing."""
    path = master_key_file(os.environ)
    made = MasterKey.make(path)
    click.echo(f"  {'made' if made else 'there is'} a master key at {path}")
    if made:
        click.echo("  Keep a copy apart from the database: without it, nothing can be read.")
    if not os.environ.get("INKLING_SECRET_KEY"):
        MasterKey.make(secret_key_file())


@keys.command("rotate")
@click.option("--prepare", is_flag=True, help="Only add the new version to the key file.")
def rotate_keys(prepare: bool) -> None:
    """Let a new version of the master key wrap every key, and give devices a new key to seal notes to.

    While pages are served; where it was interrupted, it goes on. With several machines: first with
    --prepare, then copy the master key to each of them, then without.
    """
    with _acting() as actor:
        if prepare:
            version, added = rotation.prepare(actor)
            click.echo(
                f"  version {version} {'is added to' if added else 'waits in'} the master key"
            )
            click.echo("  Copy the file to every machine, then run: inkling keys rotate")
            return
        rotated = rotation.rotate(actor)
        went_on = " (this went on)" if rotated.went_on else ""
        click.echo(f"  version {rotated.version} of the master key wraps every key{went_on}")
        _, destroyed = sealing.rotate(actor)
    click.echo("  devices take the new key at their next contact")
    if destroyed:
        click.echo(f"  destroyed {destroyed} that no device can hold any more")
    for version in rotated.spent:
        click.echo(
            f"  nothing here needs version {version} any more: inkling keys retire {version}"
        )


@keys.command("retire")
@click.argument("version", type=int)
def retire_key(version: int) -> None:
    """Destroy VERSION of the master key on this machine, where nothing in the database needs it.

    Backups from before the rotation cannot be read afterwards: neither what was erased, nor the rest.
    """
    with _acting() as actor:
        rotation.retire(actor, version)
    click.echo(f"  version {version} is destroyed here; destroy every other copy of it, too")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def found(file: Path) -> None:
    """Found the authority that FILE describes (see docs/authority.example.toml)."""
    settings, lists = founding.read(file)
    authority = authorities.found_at(
        database_url(os.environ), master_key_file(os.environ), settings, lists
    )
    authority.close()
    click.echo(f"  founded {settings.name}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def details(file: Path) -> None:
    """Say anew, as in FILE, which kinds of agency see which details of services."""
    _, lists = founding.read(file)
    with _acting() as actor:
        authorities.open_details(actor, lists)
    kinds = ", ".join(code for code, *_ in lists.detail_kinds)
    click.echo(f"  somebody sees: {kinds or 'nothing'}")
    click.echo("  services' next loads bring what is open now, and take the rest away")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def retention(file: Path) -> None:
    """Say anew, as in FILE, how long agencies keep what they wrote."""
    _, lists = founding.read(file)
    with _acting() as actor:
        authorities.set_retention(actor, lists)
    for _, label, _, _, _, counts_from, years in lists.retention:
        click.echo(f"  {label}: {years} years from {counts_from}")
    if not lists.retention:
        click.echo("  nothing falls due")


@main.command()
def demo() -> None:
    """Make the demo authority in an empty database, once."""
    from api.demo import make

    made = make(database_url(os.environ), master_key_file(os.environ), click.echo)
    click.echo("  the demo authority is ready" if made else "  the demo authority is there already")


# --- Staff --------------------------------------------------------------------------------------


@main.group()
def staff() -> None:
    """Agencies, teams and who works there: enough to begin with."""


@staff.command("list")
def list_staff() -> None:
    """List agencies and teams with their ids."""
    with _acting() as actor:
        for agency in agencies.list_agencies(actor):
            click.echo(f"{agency.id}  {agency.name}")
            for team in agencies.list_teams(actor, agency.id):
                click.echo(f"  {team.id}  {team.name}")


@staff.command("agency")
@click.argument("name")
@click.option("--kind", required=True, help="One of the authority's kinds of agency.")
@click.option("--phone", required=True)
@click.option("--email", default="")
@click.option("--sensitive", is_flag=True, help="Being known to it is itself sensitive.")
def add_agency(name: str, kind: str, phone: str, email: str, sensitive: bool) -> None:
    """Add an agency, which is not open yet; prints its id."""
    with _acting() as actor:
        agency_id = agencies.add(actor, name, kind, phone=phone, email=email, sensitive=sensitive)
    click.echo(agency_id)


@staff.command("open")
@click.argument("agency_id")
@click.option("--agreement", required=True, help="Which sharing agreement it is.")
@click.option("--agreed-on", required=True, help="Such as 2026-11-01.")
@click.option("--review-on", required=True, help="When it is looked at again.")
@click.option("--controller", required=True, help="Who controls what the agency writes.")
@click.option("--controller-contact", required=True, help="How to reach the controller.")
@click.option("--lead", required=True, help="Its safeguarding lead: an id, or an e-mail address.")
@click.option("--approver", "approvers", multiple=True, required=True, help="Give two.")
def open_agency(
    agency_id: str,
    agreement: str,
    agreed_on: str,
    review_on: str,
    controller: str,
    controller_contact: str,
    lead: str,
    approvers: tuple[str, ...],
) -> None:
    """Record on which terms an agency takes part, and open it."""
    with _acting() as actor:
        terms = agencies.Terms(
            agreement=agreement,
            agreed_on=agreed_on,
            review_on=review_on,
            controller=controller,
            controller_contact=controller_contact,
            safeguarding_lead_id=_practitioner(actor, lead),
            approver_ids=[_practitioner(actor, one) for one in approvers],
        )
        agencies.open_agency(actor, _id(agency_id), terms)
    click.echo("  the agency is open: its staff can be invited")


@staff.command("team")
@click.argument("agency_id")
@click.argument("name")
@click.option("--phone", default="")
@click.option("--duty", is_flag=True, help="The front door's duty team.")
def add_team(agency_id: str, name: str, phone: str, duty: bool) -> None:
    """Add a team to an agency; prints its id."""
    with _acting() as actor:
        team_id = agencies.add_team(actor, _id(agency_id), name, phone=phone, duty=duty)
    click.echo(team_id)


@staff.command("add")
@click.argument("agency_id")
@click.argument("name")
@click.option("--job", required=True)
@click.option("--team", "team_id", default=None)
@click.option("--phone", default="")
@click.option("--email", default="")
@click.option("--staff-number", default=None, help="How the agency's own systems know them.")
@click.option("--role", "roles", multiple=True, default=("practitioner",), show_default=True)
def add_practitioner(
    agency_id: str,
    name: str,
    job: str,
    team_id: str | None,
    phone: str,
    email: str,
    staff_number: str | None,
    roles: tuple[str, ...],
) -> None:
    """Add someone to an agency's staff; prints their id."""
    with _acting() as actor:
        practitioner_id = practitioners.join(
            actor,
            agency_id=_id(agency_id),
            name=name,
            job=job,
            team_id=_id(team_id) if team_id else None,
            phone=phone,
            email=email,
            staff_number=staff_number,
            roles=roles,
        )
    click.echo(practitioner_id)


@main.command()
@click.argument("who")
def invite(who: str) -> None:
    """Invite WHO (an id, or an e-mail address) to make a passkey; prints the link.

    The link works once, for 24 hours. Earlier ones stop working.
    """
    origin = Config.read(os.environ).origin
    with _acting() as actor:
        token = invitations.make(actor, _practitioner(actor, who))
    click.echo(f"{origin}/enrol/{token}")


@main.group()
def devices() -> None:
    """Devices that wait for approval."""


@devices.command("waiting")
def waiting() -> None:
    """List the devices that wait, with their matching codes."""
    from api.staff import devices as enrolments

    with _acting() as actor:
        found = enrolments.waiting(actor)
        for device in found:
            click.echo(
                f"{device.matching_code}  {device.owner}, {device.agency}: {device.kind}, "
                f"asked {device.asked_at}"
            )
    if not found:
        click.echo("  no device is waiting")


@devices.command("approve")
@click.argument("matching_code")
def approve(matching_code: str) -> None:
    """Approve the waiting device that shows MATCHING_CODE."""
    from api.staff import devices as enrolments

    with _acting() as actor:
        wanted = matching_code.replace(" ", "")
        found = [one for one in enrolments.waiting(actor) if one.matching_code == wanted]
        if len(found) != 1:
            raise Misconfigured("No waiting device shows this code. Run: inkling devices waiting")
        enrolments.approve(actor, found[0].id, "command line")
    click.echo(f"  approved: {found[0].owner}, {found[0].kind}")


# --- Other systems ------------------------------------------------------------------------------


@main.group()
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
    from api.staff import tokens

    with _acting() as actor:
        made = tokens.make(
            actor,
            agency_id=_id(agency_id),
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
    from api.staff import tokens

    with _acting() as actor:
        for one in tokens.every(actor):
            ended = one.ended(actor.store.now())
            state = ended or f"until {one.expires_at}"
            click.echo(
                f"{one.id}  {one.name}, {one.agency}: {' '.join(sorted(one.scopes))}, for "
                f"{one.purpose}, {state}, last used {one.used_at or 'never'}"
            )


@main.group()
def webhook() -> None:
    """Where other systems are told that there is something to fetch."""


@webhook.command("add")
@click.argument("token_id")
@click.argument("url")
def add_webhook(token_id: str, url: str) -> None:
    """Let the system of the token TOKEN_ID be told at URL; prints the secret, this once."""
    from api.staff import tokens
    from api.telling import webhooks

    hosts = Config.read(os.environ).webhook_hosts
    with _acting() as actor:
        found = [one for one in tokens.every(actor) if one.id == token_id]
        if not found:
            raise Misconfigured("There is no such token. Run: inkling token list")
        made = webhooks.add(actor, found[0].source_id, url, hosts)
    click.echo(made.secret)
    click.echo(f"  {made.id}; this is shown only once", err=True)


@webhook.command("list")
def list_webhooks() -> None:
    """List the webhooks, and how each is."""
    from api.staff import connected

    with _acting() as actor:
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
    from api.telling import webhooks

    with _acting() as actor:
        click.echo(webhooks.renew(actor, webhook_id).secret)


@webhook.command("start")
@click.argument("webhook_id")
def start_webhook(webhook_id: str) -> None:
    """Start WEBHOOK_ID again where it was given up."""
    from api.telling import webhooks

    with _acting() as actor:
        webhooks.start(actor, webhook_id)
    click.echo("  started")


@webhook.command("remove")
@click.argument("webhook_id")
def remove_webhook(webhook_id: str) -> None:
    """Tell WEBHOOK_ID nothing any more, at once."""
    from api.telling import webhooks

    with _acting() as actor:
        webhooks.end(actor, webhook_id)
    click.echo("  removed")


@token.command("revoke")
@click.argument("token_id")
def revoke_token(token_id: str) -> None:
    """End the token TOKEN_ID, at once."""
    from api.staff import tokens

    with _acting() as actor:
        tokens.revoke(actor, token_id)
    click.echo("  revoked")


# --- Facts --------------------------------------------------------------------------------------


@main.group()
def feed() -> None:
    """What other systems say."""


@feed.command("list")
def list_feeds() -> None:
    """List the feeds, and when each last reported."""
    from api.facts import sources

    with _acting() as actor:
        for source in sources.every(actor):
            if source.kind == "feed":
                reported = source.reported_at or "never"
                click.echo(f"{source.code}  {source.name}, last reported {reported}")


@feed.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--mapping", required=True, help="A mapping that comes with Inkling, or a TOML file.")
@click.option(
    "--agency", "agency_id", default=None, help="The id of the agency whose system it is."
)
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--why", default="", help="Why its data is needed.")
@click.option("--basis", default="", help="On which basis in law.")
@click.option("--covers", default="", help="Whom it covers, in words.")
@click.option("--area", default="", help="Which area it covers.")
@click.option("--ages-from", type=int, default=None, help="From which age it covers somebody.")
@click.option("--ages-to", type=int, default=None, help="Until which birthday.")
@click.option("--from", "covers_from", default=None, help="From which day, such as 2015-09-01.")
@click.option("--until", "covers_to", default=None, help="Until which day.")
@click.option(
    "--may-miss", type=int, default=20, show_default=True, help="Of a hundred, before a load waits."
)
@click.option("--every", "days", type=int, default=None, help="Every how many days it reports.")
@click.option("--makes-people", is_flag=True, help="It is trusted to say that a person exists.")
def add_feed(
    code: str,
    name: str,
    mapping: str,
    agency_id: str | None,
    owner: str,
    why: str,
    basis: str,
    covers: str,
    area: str,
    ages_from: int | None,
    ages_to: int | None,
    covers_from: str | None,
    covers_to: str | None,
    may_miss: int,
    days: int | None,
    makes_people: bool,
) -> None:
    """Add the feed CODE."""
    from api.facts import mapping as mappings
    from api.facts import sources

    path = Path(mapping)
    text = path.read_text(encoding="utf-8") if path.is_file() else mappings.shipped(mapping)
    new = sources.NewSource(
        code=code,
        name=name,
        mapping=text,
        agency_id=_id(agency_id) if agency_id else None,
        owner=owner,
        justification=why,
        legal_basis=basis,
        coverage=covers,
        area=area,
        ages_from=ages_from,
        ages_to=ages_to,
        covers_from=covers_from,
        covers_to=covers_to,
        missing_share=may_miss,
        report_every_days=days,
        makes_people=makes_people,
    )
    with _acting() as actor:
        sources.add(actor, new)
    click.echo(f"  added {code}")


@feed.command("load")
@click.argument("source")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--accept-missing", is_flag=True, help="Load it, however much is missing.")
def load(source: str, file: Path, dry_run: bool, accept_missing: bool) -> None:
    """Load FILE as SOURCE's newest word.

    Where much is missing that it said before, nothing shows until somebody says yes; this ends with
    the exit code 3 then.
    """
    from api.facts import loading

    with _acting() as actor, click.progressbar(length=100, label=f"  {source}") as bar:

        def progress(done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        report = loading.load(
            actor,
            source,
            file,
            dry_run=dry_run,
            progress=progress,
            accept_missing=accept_missing,
        )
    click.echo(f"  {report}")
    for row in report.waiting:
        click.echo(f"  line {row.line} waits: {row.reason}")
    if report.alarm:
        click.echo(f"  {report.alarm}")
    if report.stopped:
        click.echo("  Nothing of it shows yet. To let it show: inkling feed accept " + source)
        click.echo("  To take it away: inkling feed give-up " + source)
        raise SystemExit(3)


@feed.command("accept")
@click.argument("source")
def accept(source: str) -> None:
    """Let the load of SOURCE show that stopped because much is missing."""
    from api.facts import loading

    with _acting() as actor:
        loading.accept(actor, source)
    click.echo(f"  the load of {source} shows")


@feed.command("give-up")
@click.argument("source")
def give_up(source: str) -> None:
    """Take the load of SOURCE away that stopped because much is missing."""
    from api.facts import loading

    with _acting() as actor:
        loading.give_up(actor, source)
    click.echo(f"  the load of {source} is taken away")


@feed.command("waiting")
@click.argument("source")
def list_waiting(source: str) -> None:
    """List the rows of SOURCE's last load that wait: the line in its file, and why. Never a name."""
    from api.facts import loading

    with _acting() as actor:
        rows = loading.waiting(actor, source)
    for row in rows:
        click.echo(f"  line {row.line}: {row.reason}")
    if not rows:
        click.echo("  no row is waiting")


@feed.command("undo")
@click.argument("source")
def undo(source: str) -> None:
    """Take back SOURCE's last load: what stood before it stands again."""
    from api.facts import loading

    with _acting() as actor:
        loading.undo(actor, source)
    click.echo(f"  the last load of {source} is taken back")


# --- Audit --------------------------------------------------------------------------------------


@main.group(name="audit")
def trail() -> None:
    """Who looked at whom, and what was changed or refused."""


@trail.command("list")
@click.option("--last", default=50, show_default=True, help="How many rows.")
@click.option("--by", default="", help="Only of the practitioner with this id.")
@click.option("--about", default="", help="Only about the person with this id.")
def list_audit(last: int, by: str, about: str) -> None:
    """List the newest rows, ids only. Reading them leaves a row as well."""
    with _acting() as actor:
        for row in audit.latest(actor, last, by=by, about=about):
            click.echo(
                f"{row.at}  {row.actor}  {row.action} {row.verdict}"
                f"{f' ({row.reason})' if row.reason else ''}  people: {row.subjects}"
            )


@trail.command("heads")
@click.option("--heads", "folder", type=click.Path(path_type=Path), help="A folder to keep it in.")
def keep_head(folder: Path | None) -> None:
    """Seal the trail up to now, print its signed head and the public key, and keep both.

    They are kept in the folder given, or in INKLING_AUDIT_HEADS.
    """
    kept_in = folder or audit_heads(os.environ)
    with _acting() as actor:
        head = heads.give(actor, kept_in)
        if head:
            click.echo(heads.text(actor.authority.id, head, actor.store.now()))
        click.echo(sealer.public_pem(actor.authority), nl=False)
    click.echo(f"  kept in {kept_in}" if kept_in else "  kept nowhere: keep what is printed here")


@trail.command("verify")
@click.option("--heads", "folder", type=click.Path(path_type=Path), help="Where heads are kept.")
def verify_audit(folder: Path | None) -> None:
    """Read the whole trail again and name every row that is not as it was sealed.

    It is compared with the heads in the folder given, or in INKLING_AUDIT_HEADS. Ends with 1 where
    anything is wrong.
    """
    compared_with = folder or audit_heads(os.environ)
    began = time.monotonic()
    with _acting() as actor:
        report = verifying.verify(actor, compared_with, click.echo)
    seconds = time.monotonic() - began
    click.echo(f"  {report.places} rows sealed, {report.heads} heads, in {seconds:.1f} s")
    if report.heads_kept is None:
        click.echo(
            "  no heads kept elsewhere were given: an end that was cut off would not be seen"
        )
    else:
        click.echo(f"  {report.heads_kept} heads kept elsewhere, the last at {report.last_kept_at}")
    for line in report.unread:
        click.echo(f"  line {line} of the heads kept elsewhere cannot be read")
    if report.waiting:
        since = report.oldest_waiting
        click.echo(f"  {report.waiting} rows wait to be sealed, the oldest since {since}")
    if not report.is_well:
        click.echo(f"  {report.faults} things are wrong")
        raise SystemExit(1)
    click.echo("  nothing is wrong")


# --- Small things -------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened() -> Iterator[Authority]:
    authority = authorities.open(database_url(os.environ), master_key_file(os.environ))
    try:
        yield authority
    finally:
        authority.close()


@contextlib.contextmanager
def _acting() -> Iterator[Actor]:
    with _opened() as authority:
        yield Actor.system(authority, "command line")


def _warn(config: Config) -> None:
    for sentence in config.warnings:
        click.echo(f"inkling: {sentence}", err=True)


def _id(text: str) -> str:
    if not is_id(text):
        raise Misconfigured(f"{text} is not an id. Run: inkling staff list")
    return text


def _practitioner(actor: Actor, who: str) -> str:
    """Give the id of a practitioner whom somebody named by id or by e-mail address."""
    return who if is_id(who) else practitioners.by_email(actor, who)


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


if __name__ == "__main__":
    sys.exit(main())
