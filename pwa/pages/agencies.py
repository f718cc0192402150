"""Agencies, for administrators: adding one, and opening it on its terms."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from api.errors import Invalid
from api.staff import agencies, practitioners
from api.staff.agencies import Terms
from pwa.doors import open_to
from pwa.fields import DayField, ListField, TextField, offered
from pwa.forms import Form
from pwa.security import actor, authority

page = Blueprint("agencies", __name__)


class AgencyForm(Form):
    """A new agency."""

    name = TextField("Name")
    kind = ListField("Kind of agency")
    phone = TextField("Phone")
    email = TextField("E-mail")
    sensitive = BooleanField("Being known to it is itself sensitive")

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = offered([("", "Choose a kind"), *authority().choices.agency_kinds])


class TeamForm(Form):
    """A new team."""

    name = TextField("Name")
    phone = TextField("Phone")
    duty = BooleanField("It is a duty team")


class TermsForm(Form):
    """On which terms an agency takes part."""

    agreement = TextField("Sharing agreement")
    agreed_on = DayField("Agreed on")
    review_on = DayField("Review on")
    controller = TextField("Controller")
    controller_contact = TextField("How to reach the controller")
    safeguarding_lead_id = ListField("Safeguarding lead")
    approver_ids = ListField("First approver")
    second_approver = ListField("Second approver")

    def __init__(self, agency_id: str) -> None:
        super().__init__()
        staff = practitioners.of_agency(actor(), agency_id)
        able = agencies.approvers(actor(), agency_id)
        choose = ("", "Choose somebody")
        self.safeguarding_lead_id.choices = offered(
            [choose, *((one.id, f"{one.name}, {one.job}") for one in staff)]
        )
        approvers = [choose, *((one.id, f"{one.name}, {one.job}") for one in able)]
        self.approver_ids.choices = offered(approvers)
        self.second_approver.choices = offered(approvers)

    @property
    def terms(self) -> Terms:
        """Give what was filled in, as the core takes it."""
        return Terms(
            agreement=self.agreement.data or "",
            agreed_on=self.agreed_on.data or "",
            review_on=self.review_on.data or "",
            controller=self.controller.data or "",
            controller_contact=self.controller_contact.data or "",
            safeguarding_lead_id=self.safeguarding_lead_id.data or "",
            approver_ids=[self.approver_ids.data or "", self.second_approver.data or ""],
        )


@page.get("/agencies")
@open_to("administrator")
def every() -> ResponseReturnValue:
    """List the agencies, with what is missing from each."""
    return render_template("agencies/agencies.html", standing=agencies.standing(actor()))


@page.route("/agencies/new", methods=["GET", "POST"])
@open_to("administrator", form=True)
def add() -> ResponseReturnValue:
    """Add an agency, which is not open yet."""
    form = AgencyForm()
    if form.validate_on_submit():
        try:
            made = agencies.add(
                actor(),
                form.name.data or "",
                form.kind.data or "",
                phone=form.phone.data or "",
                email=form.email.data or "",
                sensitive=form.sensitive.data,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Added. Add its staff, then record its agreement to open it.")
            return redirect(f"/agencies/{made}", 303)
    return render_template("agencies/new.html", form=form), form.status


@page.route("/agencies/<uuid:agency_id>/teams/new", methods=["GET", "POST"])
@open_to("administrator", form=True)
def add_team(agency_id: object) -> ResponseReturnValue:
    """Add a team to an agency."""
    form = TeamForm()
    if form.validate_on_submit():
        try:
            agencies.add_team(
                actor(),
                str(agency_id),
                form.name.data or "",
                phone=form.phone.data or "",
                duty=form.duty.data,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Added. Staff can be put into it, and a supervisor given to it.")
            return redirect(f"/agencies/{agency_id}", 303)
    found = agencies.one(actor(), str(agency_id))
    return render_template("agencies/team.html", form=form, agency=found.agency), form.status


@page.get("/agencies/<uuid:agency_id>")
@open_to("administrator")
def one(agency_id: object) -> ResponseReturnValue:
    """Show how an agency stands."""
    return _show(str(agency_id), TermsForm(str(agency_id)))


@page.post("/agencies/<uuid:agency_id>/open")
@open_to("administrator", form=True)
def open_agency(agency_id: object) -> ResponseReturnValue:
    """Record on which terms an agency takes part, and open it."""
    form = TermsForm(str(agency_id))
    if form.validate_on_submit():
        try:
            agencies.open_agency(actor(), str(agency_id), form.terms)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Recorded. The agency is open: its staff can be invited.")
            return redirect(f"/agencies/{agency_id}", 303)
    return _show(str(agency_id), form)


def _show(agency_id: str, form: TermsForm) -> ResponseReturnValue:
    found = agencies.one(actor(), agency_id)
    teams = agencies.list_teams(actor(), agency_id)
    html = render_template("agencies/agency.html", standing=found, teams=teams, form=form)
    return html, form.status
