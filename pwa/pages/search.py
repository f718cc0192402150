"""Search: one person, never browsing. Whom to ring stands on every answer. And adding somebody new."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from api.errors import Invalid
from api.facts import search
from api.facts.search import Found, Query
from api.record import people
from api.record.people import NewPerson
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.fields import ChipField, DayField, TextField
from pwa.forms import Form
from pwa.problems import is_part
from pwa.security import actor

page = Blueprint("search", __name__)

GENDERS = [
    ("female", "Girl or woman"),
    ("male", "Boy or man"),
    ("other", "Other"),
    ("", "Not known"),
]


class SearchForm(Form):
    """What is known of the person who is looked for."""

    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")
    nhs = TextField("NHS number")
    birth_year = TextField("Birth year")
    postcode = TextField("Postcode")
    parent = TextField("A parent's name")
    expected_on = DayField("Date a birth is expected")

    def query(self) -> Query:
        """Give what was typed, as the core takes it."""
        year = (self.birth_year.data or "").strip()
        if year and not (year.isascii() and year.isdigit() and len(year) == 4):
            raise Invalid("Enter a year of four figures.", "birth_year")
        return Query(
            first=self.first.data or "",
            last=self.last.data or "",
            born_on=self.born_on.data or None,
            birth_year=int(year) if year else None,
            postcode=self.postcode.data or "",
            nhs=self.nhs.data or "",
            parent=self.parent.data or "",
            expected_on=self.expected_on.data or None,
        )


class PersonForm(Form):
    """What is known of a person who is not here yet."""

    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")
    expected_on = DayField("Date the birth is expected")
    gender = ChipField("Gender", choices=GENDERS, default="")
    nhs = TextField("NHS number")
    address = TextField("Address")
    postcode = TextField("Postcode")
    checked = HiddenField()

    def person(self) -> NewPerson:
        """Give what was typed, as the core takes it."""
        return NewPerson(
            first=self.first.data or "",
            last=self.last.data or "",
            born_on=self.born_on.data or None,
            expected_on=self.expected_on.data or None,
            gender=self.gender.data or None,
            nhs=self.nhs.data or "",
            address=self.address.data or "",
            postcode=self.postcode.data or "",
        )


@page.route("/search", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def find() -> ResponseReturnValue:
    """Look for one person."""
    form = SearchForm()
    found: Found | None = None
    if form.validate_on_submit():
        try:
            found = search.find(actor(), form.query())
        except Invalid as error:
            form.refuse(error)
    template = "search/_search.html" if is_part() else "search/search.html"
    works = actor().has(*WORKING)
    shown = render_template(
        template, form=form, found=found, ring=search.whom_to_ring(actor()), works=works
    )
    return shown, form.status


@page.route("/children/new", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def add() -> ResponseReturnValue:
    """Add a person who is not here yet; what was searched for is filled in already."""
    form = PersonForm()
    if form.checked.data and form.validate_on_submit():
        try:
            return redirect(f"/children/{people.add(actor(), form.person())}", 303)
        except Invalid as error:
            form.refuse(error)
    return render_template("search/add.html", form=form), form.status
