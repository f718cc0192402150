"""What the authority sets for itself, for governance leads: how it is reached, and what its lists offer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from api.errors import Invalid, NotFound
from api.rights import rules
from api.staff import setting
from pwa.doors import open_to
from pwa.fields import TextField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("authority", __name__)

WHO = ("governance lead",)
# Each list: its name, and what it is for.
LISTS = {
    "purposes": ("Purposes", "Why somebody outside a circle may look up who supports a person."),
    "bases": (
        "Bases",
        "On which basis something is shared: with somebody outside, or by a sensitive service.",
    ),
    "grounds": ("Grounds", "Why something is not shared."),
    "exemptions": ("Exemptions", "Why something is held back from a copy of a record."),
}


class ContactsForm(Form):
    """How the authority is reached."""

    front_door = TextField("Name")
    front_door_phone = TextField("Phone")
    front_door_email = TextField("E-mail")
    out_of_hours_phone = TextField("Phone at night and at weekends")
    switchboard = TextField("Switchboard")
    complaints_phone = TextField("Phone")
    complaints_email = TextField("E-mail")
    data_protection_phone = TextField("Phone")
    data_protection_email = TextField("E-mail")


class NumbersForm(Form):
    """The authority's numbers."""

    shift_hours = TextField("For how many hours does a purpose for looking hold?")
    correction_days = TextField(
        "Within how many working days is what is said to be wrong answered?"
    )
    many_in_an_hour = TextField("How many people looked at within an hour deserve a question?")
    directory_shows_plans = BooleanField("Who looks for a purpose is shown plans")


class YearsForm(Form):
    """How long something is kept."""

    years = TextField("For how many years?")


class EntryForm(Form):
    """Something new on a list."""

    label = TextField("What it says")
    law = TextField("The law it rests on")
    parent = BooleanField("Only where somebody asks for another person")


@page.get("/authority")
@open_to(*WHO)
def overview() -> ResponseReturnValue:
    """Show what is in force, and what was changed."""
    return render_template("authority/authority.html", found=setting.look(actor()), lists=LISTS)


@page.route("/authority/contacts", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def contacts() -> ResponseReturnValue:
    """Say anew how the authority is reached."""
    found = setting.look(actor(), to_change=True)
    form = ContactsForm(data=vars(found.settings))
    if form.validate_on_submit():
        try:
            setting.set_contacts(
                actor(), {name: form[name].data or "" for name in setting.CONTACTS}
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Changed. Every page shows it within a minute.")
            return redirect("/authority", 303)
    return render_template("authority/contacts.html", form=form), form.status


@page.route("/authority/numbers", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def numbers() -> ResponseReturnValue:
    """Say anew the authority's numbers."""
    found = setting.look(actor(), to_change=True)
    form = NumbersForm(data=vars(found.settings))
    if form.validate_on_submit():
        said = {name: form[name].data or "" for name in setting.NUMBERS}
        try:
            setting.set_numbers(actor(), said, shows_plans=bool(form.directory_shows_plans.data))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Changed. It holds everywhere within a minute.")
            return redirect("/authority", 303)
    return render_template("authority/numbers.html", form=form), form.status


@page.get("/authority/keeping")
@open_to(*WHO)
def keeping() -> ResponseReturnValue:
    """Show how long agencies keep what they wrote."""
    found, may = rules.look(actor())
    return render_template("authority/keeping.html", rules=found, may=may)


@page.route("/authority/keeping/<rule>", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def years(rule: str) -> ResponseReturnValue:
    """Say anew for how many years something is kept."""
    found = rules.to_change(actor(), rule)
    form = YearsForm(data={"years": found.years})
    if form.validate_on_submit():
        try:
            rules.set_years(actor(), rule, form.years.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Changed. What falls due is found anew.")
            return redirect("/authority/keeping", 303)
    return render_template("authority/years.html", form=form, one=found), form.status


@page.get("/authority/<table>")
@open_to(*WHO)
def entries(table: str) -> ResponseReturnValue:
    """Show one list, with what is offered no more."""
    name, what = _named(table)
    return render_template(
        "authority/entries.html",
        found=setting.look(actor()),
        table=table,
        name=name,
        what=what,
        one=setting.LISTS[table],
    )


@page.route("/authority/<table>/new", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def add(table: str) -> ResponseReturnValue:
    """Offer something new in a list."""
    name, what = _named(table)
    form = EntryForm()
    if form.validate_on_submit():
        try:
            setting.add(
                actor(), table, form.label.data or "", form.law.data or "", parent=form.parent.data
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Added. It is offered on every page within a minute.")
            return redirect(f"/authority/{table}", 303)
    setting.look(actor(), to_change=True)
    one = setting.LISTS[table]
    html = render_template(
        "authority/new.html", form=form, table=table, name=name, what=what, one=one
    )
    return html, form.status


@page.post("/authority/<table>/retire")
@open_to(*WHO)
def retire(table: str) -> ResponseReturnValue:
    """Offer an entry no more."""
    setting.retire(actor(), table, request.form.get("code", ""))
    flash("Offered no more. It stays for what was recorded under it.")
    return redirect(f"/authority/{table}", 303)


@page.post("/authority/<table>/offer")
@open_to(*WHO)
def offer(table: str) -> ResponseReturnValue:
    """Offer again what was retired."""
    setting.offer_again(actor(), table, request.form.get("code", ""))
    flash("Offered again.")
    return redirect(f"/authority/{table}", 303)


def _named(table: str) -> tuple[str, str]:
    if table not in LISTS:
        raise NotFound("There is no such list here.")
    return LISTS[table]
