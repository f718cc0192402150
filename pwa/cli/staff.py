"""`inkling staff`, `invite` and `devices`: who works here, and lets in the first of them."""

from __future__ import annotations

import os

import click

from api.errors import Misconfigured
from api.staff import agencies, invitations, practitioners
from api.staff import devices as enrolments
from pwa.cli.acting import acting, checked_id, practitioner_id_of
from pwa.config import Config


@click.group()
def staff() -> None:
    """Agencies, teams and who works there: enough to begin with."""


@staff.command("list")
def list_staff() -> None:
    """List agencies and teams with their ids."""
    with acting() as actor:
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
    with acting() as actor:
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
    with acting() as actor:
        terms = agencies.Terms(
            agreement=agreement,
            agreed_on=agreed_on,
            review_on=review_on,
            controller=controller,
            controller_contact=controller_contact,
            safeguarding_lead_id=practitioner_id_of(actor, lead),
            approver_ids=[practitioner_id_of(actor, one) for one in approvers],
        )
        agencies.open_agency(actor, checked_id(agency_id), terms)
    click.echo("  the agency is open: its staff can be invited")


@staff.command("team")
@click.argument("agency_id")
@click.argument("name")
@click.option("--phone", default="")
@click.option("--duty", is_flag=True, help="The front door's duty team.")
def add_team(agency_id: str, name: str, phone: str, duty: bool) -> None:
    """Add a team to an agency; prints its id."""
    with acting() as actor:
        team_id = agencies.add_team(actor, checked_id(agency_id), name, phone=phone, duty=duty)
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
def addpractitioner_id_of(
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
    with acting() as actor:
        practitioner_id = practitioners.join(
            actor,
            agency_id=checked_id(agency_id),
            name=name,
            job=job,
            team_id=checked_id(team_id) if team_id else None,
            phone=phone,
            email=email,
            staff_number=staff_number,
            roles=roles,
        )
    click.echo(practitioner_id)


@click.command()
@click.argument("who")
def invite(who: str) -> None:
    """Invite WHO (an id, or an e-mail address) to make a passkey; prints the link.

    The link works once, for 24 hours. Earlier ones stop working.
    """
    origin = Config.read(os.environ).origin
    with acting() as actor:
        token = invitations.make(actor, practitioner_id_of(actor, who))
    click.echo(f"{origin}/enrol/{token}")


@click.group()
def devices() -> None:
    """Devices that wait for approval."""


@devices.command("waiting")
def waiting() -> None:
    """List the devices that wait, with their matching codes."""
    with acting() as actor:
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
    with acting() as actor:
        wanted = matching_code.replace(" ", "")
        found = [one for one in enrolments.waiting(actor) if one.matching_code == wanted]
        if len(found) != 1:
            raise Misconfigured("No waiting device shows this code. Run: inkling devices waiting")
        enrolments.approve(actor, found[0].id, "command line")
    click.echo(f"  approved: {found[0].owner}, {found[0].kind}")
