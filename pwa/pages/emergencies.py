"""Break-glass: opening one record in an emergency, ending it, and reviewing what others opened."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.oversight import reviews, wording
from api.record import glass, people
from pwa.doors import WORKING, open_to
from pwa.fields import ChipField, WordsField
from pwa.forms import Form
from pwa.security import actor, came_from

page = Blueprint("emergencies", __name__)

REVIEWING = (*WORKING, "governance lead")


class BreakForm(Form):
    """Why a record is opened in an emergency."""

    reason = WordsField("What is the emergency?")


class ReviewForm(Form):
    """What a review found."""

    outcome = ChipField("Was it justified?", choices=reviews.OUTCOMES)
    reason = WordsField("Why")


@page.route("/children/<uuid:person_id>/emergency", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def break_glass(person_id: object) -> ResponseReturnValue:
    """Open one person's record in an emergency."""
    form = BreakForm()
    if form.validate_on_submit():
        try:
            glass.open_record(actor(), str(person_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(f"/children/{person_id}", 303)
    about = people.brief(actor(), str(person_id))
    waits = glass.is_outstanding(actor())
    html = render_template("emergencies/open.html", form=form, brief=about, waits=waits)
    return html, form.status


@page.post("/emergency/end")
@open_to(*WORKING)
def end() -> ResponseReturnValue:
    """Close what the actor opened in an emergency."""
    glass.end(actor())
    flash("Closed. Another team reviews what you looked at.", "done")
    return redirect(came_from(), 303)


@page.get("/reviews")
@open_to(*REVIEWING)
def mine() -> ResponseReturnValue:
    """List what waits for the actor's review, and what they opened themselves."""
    return render_template("emergencies/reviews.html", found=reviews.mine(actor()))


@page.route("/reviews/<uuid:glass_id>", methods=["GET", "POST"])
@open_to("supervisor", "governance lead", form=True)
def review(glass_id: object) -> ResponseReturnValue:
    """Show why a record was opened and what was looked at, and take what the review found."""
    form = ReviewForm()
    if form.validate_on_submit():
        try:
            reviews.decide(actor(), str(glass_id), form.outcome.data or "", form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Recorded. Who opened the record is told, and their supervisor.", "done")
            return redirect("/reviews", 303)
    found = reviews.look(actor(), str(glass_id))
    html = render_template("emergencies/review.html", one=found, form=form, did=wording.did)
    return html, form.status
