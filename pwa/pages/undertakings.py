"""What staff undertake before they see anybody, and whom of their own they declare."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.record import own_family as declared
from api.record.own_family import Relative
from api.staff import undertakings
from pwa.doors import EVERYONE, open_to
from pwa.fields import DayField, TextField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("undertakings", __name__)


class RelativeForm(Form):
    """Somebody of one's own family or household, or a neighbour."""

    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")
    postcode = TextField("Postcode")


class UndertakeForm(Form):
    """Nothing but a button: the page says what is accepted by it."""


@page.route("/appropriate-use", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def undertake() -> ResponseReturnValue:
    """Show how Inkling may be used, and take somebody's word for it."""
    form = UndertakeForm()
    if form.validate_on_submit():
        undertakings.accept(actor())
        return redirect("/me/family", 303)
    accepted = actor().undertaken >= undertakings.VERSION
    return render_template("undertakings/undertake.html", form=form, accepted=accepted)


@page.route("/me/family", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def own_family() -> ResponseReturnValue:
    """Take whose records must be closed to somebody: own family, household, neighbours."""
    form = RelativeForm()
    if form.validate_on_submit():
        relative = Relative(
            form.first.data or "", form.last.data or "", form.born_on.data, form.postcode.data or ""
        )
        try:
            declared.declare(actor(), relative)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Declared. If they are here, or come later, their record is closed to you.")
            return redirect("/me/family", 303)
    mine = declared.mine(actor())
    return render_template("undertakings/own_family.html", form=form, mine=mine), form.status
