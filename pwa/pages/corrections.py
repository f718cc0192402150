"""This is wrong: said of one line, waiting for whoever the line comes from, answered, and told back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid, NotFound
from api.facts import corrections, settling
from api.facts.corrections import Correction
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.fields import ChipField, WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("corrections", __name__)


class WrongForm(Form):
    """What is wrong with a line."""

    what = ChipField("What is wrong?", choices=corrections.WHAT)
    words = WordsField("What is right, as far as you know (you can leave this empty)")


class AnswerForm(Form):
    """What whoever a line comes from answers."""

    answer = ChipField("Your answer", choices=corrections.ANSWERS)
    reason = WordsField("Why (you can leave this empty)")


@page.route("/children/<uuid:person_id>/wrong/<kind>/<uuid:fact_id>", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def say(person_id: object, kind: str, fact_id: object) -> ResponseReturnValue:
    """Say that one line of a person's page is wrong."""
    form = WrongForm()
    line = str(person_id), kind, str(fact_id)
    if form.validate_on_submit():
        try:
            said = corrections.say(actor(), *line, form.what.data or "", form.words.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Said. You are told what happens.", "done")
            return redirect(f"/corrections/{said}", 303)
    about = corrections.subject(actor(), *line)
    html = render_template("corrections/say.html", form=form, about=about, person_id=person_id)
    return html, form.status


@page.get("/children/<uuid:person_id>/details")
@open_to(*WORKING)
def details(person_id: object) -> ResponseReturnValue:
    """Show where a person's name, birth date and numbers come from."""
    found = corrections.particulars(actor(), str(person_id))
    return render_template("corrections/details.html", found=found, person_id=str(person_id))


@page.get("/corrections")
@open_to(EVERYONE)
def mine() -> ResponseReturnValue:
    """List what I am to answer for, and what I said is wrong."""
    return render_template("corrections/mine.html", found=corrections.mine(actor()))


@page.get("/corrections/<uuid:correction_id>")
@open_to(EVERYONE)
def one(correction_id: object) -> ResponseReturnValue:
    """Show a line that is said to be wrong, and what became of it."""
    return _show(corrections.look(actor(), str(correction_id)), AnswerForm())


@page.post("/corrections/<uuid:correction_id>")
@open_to(EVERYONE, form=True)
def answer(correction_id: object) -> ResponseReturnValue:
    """Answer for a line."""
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            corrections.answer(
                actor(), str(correction_id), form.answer.data or "", form.reason.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Answered. Whoever said it is told.", "done")
            return redirect(f"/corrections/{correction_id}", 303)
    return _show(corrections.look(actor(), str(correction_id)), form)


@page.post("/corrections/<uuid:correction_id>/settle")
@open_to(*WORKING)
def settle(correction_id: object) -> ResponseReturnValue:
    """Say which of two is right, where a source and somebody here differ."""
    settling.settle(actor(), str(correction_id), request.form.get("right", ""))
    flash("Confirmed, as of today.", "done")
    return redirect(f"/corrections/{correction_id}", 303)


@page.get("/sources/<code>/corrections")
@open_to("data steward")
def of_source(code: str) -> ResponseReturnValue:
    """List what waits for a source's data steward, overdue first."""
    found = corrections.of_source(actor(), code)
    return render_template("corrections/source.html", found=found)


@page.get("/sources/<code>/corrections/<uuid:correction_id>")
@open_to("data steward")
def one_of_source(code: str, correction_id: object) -> ResponseReturnValue:
    """Show one of a source's: it stands under the address that all have."""
    found = corrections.look(actor(), str(correction_id))
    if found.source_code != code:
        raise NotFound(corrections.NO_SUCH)
    return redirect(f"/corrections/{found.id}", 303)


def _show(found: Correction, form: AnswerForm) -> ResponseReturnValue:
    return render_template("corrections/correction.html", one=found, form=form), form.status
