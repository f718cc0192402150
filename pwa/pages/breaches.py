"""Notes on the wrong person: what is done about each, within 72 hours."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.oversight import breaches
from pwa.doors import open_to
from pwa.fields import WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("breaches", __name__)

DEALING = ("supervisor", "governance lead")


class StepForm(Form):
    """What was done about a breach."""

    reason = WordsField("What was done")


class CloseForm(Form):
    """What came of a breach."""

    reason = WordsField("What came of it")


@page.get("/breaches")
@open_to(*DEALING)
def mine() -> ResponseReturnValue:
    """List the breaches that the actor deals with, those due soonest first."""
    return render_template("breaches/breaches.html", found=breaches.mine(actor()))


@page.route("/breaches/<uuid:breach_id>", methods=["GET", "POST"])
@open_to(*DEALING, form=True)
def one(breach_id: object) -> ResponseReturnValue:
    """Show a breach, and take what was done about it."""
    form = StepForm()
    if form.validate_on_submit():
        try:
            breaches.note_step(actor(), str(breach_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Written down.", "done")
            return redirect(f"/breaches/{breach_id}", 303)
    found = breaches.look(actor(), str(breach_id))
    return render_template("breaches/breach.html", one=found, form=form), form.status


@page.route("/breaches/<uuid:breach_id>/close", methods=["GET", "POST"])
@open_to(*DEALING, form=True)
def close(breach_id: object) -> ResponseReturnValue:
    """Close a breach with what came of it."""
    form = CloseForm()
    if form.validate_on_submit():
        try:
            breaches.close(actor(), str(breach_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Closed. What came of it is kept.", "done")
            return redirect("/breaches", 303)
    found = breaches.look(actor(), str(breach_id))
    return render_template("breaches/close.html", one=found, form=form), form.status
