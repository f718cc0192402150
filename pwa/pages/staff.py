"""Staff, for supervisors and administrators: inviting, roles, devices, leaving."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.moment import is_id
from api.staff import agencies, devices, invitations, practitioners
from api.staff.practitioners import Practitioner
from pwa import security
from pwa.doors import open_to
from pwa.fields import ListField, TextField, offered
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("staff", __name__)

RUN_STAFF = ("supervisor", "administrator")

ROLES = [
    ("", "Choose a role"),
    *((role, role.capitalize()) for role in practitioners.ROLES),
]
REACHES = [
    ("agency", "Their agency"),
    ("team", "Their team"),
    ("authority", "The whole authority"),
]


class JoinForm(Form):
    """Somebody new."""

    name = TextField("Name")
    job = TextField("Job")
    phone = TextField("Phone")
    email = TextField("E-mail")
    staff_number = TextField("Staff number")
    team_id = ListField("Team")

    def __init__(self, agency_id: str) -> None:
        super().__init__()
        me = actor()
        mine = {role.scope_id for role in me.roles if role.role == "supervisor"}
        runs = me.has("administrator")
        teams = agencies.list_teams(me, agency_id)
        self.team_id.choices = offered(
            [
                *([("", "No team")] if runs else []),
                *((team.id, team.name) for team in teams if runs or team.id in mine),
            ]
        )


class RoleForm(Form):
    """A role, and what it covers."""

    role = ListField("Role", choices=ROLES)
    scope = ListField("Covers", choices=REACHES)


@page.get("/staff")
@open_to(*RUN_STAFF)
def people() -> ResponseReturnValue:
    """List my team, or for an administrator an agency's staff."""
    me = actor()
    agency_id = _agency_id()
    found = (
        practitioners.of_agency(me, agency_id)
        if me.has("administrator")
        else practitioners.team(me)
    )
    return render_template(
        "staff/people.html", people=found, agencies=agencies.list_agencies(me), agency_id=agency_id
    )


@page.route("/staff/new", methods=["GET", "POST"])
@open_to(*RUN_STAFF, form=True)
def join() -> ResponseReturnValue:
    """Add somebody to the staff."""
    agency_id = _agency_id()
    form = JoinForm(agency_id)
    if form.validate_on_submit():
        try:
            made = practitioners.join(
                actor(),
                agency_id=agency_id,
                name=form.name.data or "",
                job=form.job.data or "",
                team_id=form.team_id.data or None,
                phone=form.phone.data or "",
                email=form.email.data or "",
                staff_number=form.staff_number.data or None,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Added. Invite them, so that they can make a passkey.")
            return redirect(f"/staff/{made}", 303)
    return render_template("staff/new.html", form=form, agency_id=agency_id), form.status


@page.get("/staff/<uuid:practitioner_id>")
@open_to(*RUN_STAFF)
def one(practitioner_id: object) -> ResponseReturnValue:
    """Show somebody's roles and devices, and what can be done about them."""
    return _show(str(practitioner_id), RoleForm())


@page.post("/staff/<uuid:practitioner_id>/invite")
@open_to(*RUN_STAFF)
def invite(practitioner_id: object) -> ResponseReturnValue:
    """Make an invitation, and show its link this once."""
    token = invitations.make(actor(), str(practitioner_id))
    found = practitioners.one(actor(), str(practitioner_id))
    link = f"{security.config().origin}/enrol/{token}"
    return render_template("staff/invited.html", practitioner=found, link=link)


@page.post("/staff/<uuid:practitioner_id>/roles")
@open_to(*RUN_STAFF, form=True)
def grant(practitioner_id: object) -> ResponseReturnValue:
    """Give a role."""
    form = RoleForm()
    if form.validate_on_submit():
        found = practitioners.one(actor(), str(practitioner_id))
        scope = form.scope.data or ""
        try:
            practitioners.grant(
                actor(), found.id, form.role.data or "", scope, _scope_id(found, scope)
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Given. It holds at once.")
            return redirect(f"/staff/{found.id}", 303)
    return _show(str(practitioner_id), form)


@page.post("/staff/<uuid:practitioner_id>/roles/end")
@open_to(*RUN_STAFF)
def end_role(practitioner_id: object) -> ResponseReturnValue:
    """Take a role away."""
    role, scope, scope_id = (request.form.get(part, "") for part in ("role", "scope", "scope_id"))
    practitioners.end_role(actor(), str(practitioner_id), role, scope, scope_id)
    flash("Taken away. It ended at once.")
    return redirect(f"/staff/{practitioner_id}", 303)


@page.get("/staff/<uuid:practitioner_id>/leave")
@open_to(*RUN_STAFF)
def ask_leave(practitioner_id: object) -> ResponseReturnValue:
    """Ask once before recording that somebody left."""
    found = practitioners.one(actor(), str(practitioner_id))
    return render_template("staff/leave.html", practitioner=found)


@page.post("/staff/<uuid:practitioner_id>/leave")
@open_to(*RUN_STAFF)
def leave(practitioner_id: object) -> ResponseReturnValue:
    """Record that somebody left."""
    practitioners.leave(actor(), str(practitioner_id))
    flash(
        "Recorded. They are signed out everywhere; whom they supported passed to their supervisor."
    )
    return redirect("/staff", 303)


def _show(practitioner_id: str, form: RoleForm) -> ResponseReturnValue:
    me = actor()
    found = practitioners.one(me, practitioner_id)
    held = [] if me.id == found.id else devices.of(me, found.id)  # my own stand under /devices
    html = render_template("staff/one.html", practitioner=found, devices=held, form=form)
    return html, form.status


def _agency_id() -> str:
    wanted = request.args.get("agency", "")
    return wanted if is_id(wanted) else actor().agency_id or ""


def _scope_id(found: Practitioner, scope: str) -> str:
    if scope == "authority":
        return "authority"
    if scope == "team":
        if found.team_id is None:
            raise Invalid("They are in no team.", "scope")
        return found.team_id
    return found.agency_id
