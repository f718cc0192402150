"""Rows that may be about somebody who is here, side by side, for the source's own data steward; what
was decided of them; and a number that was taken for somebody else."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid, NotFound
from api.facts import deciding, doubtful, parting, sources
from pwa.doors import open_to
from pwa.fields import TextField, WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("doubtful", __name__)

ROWS_SHOWN = 50
SAME = "same "


class DecideForm(Form):
    """What a steward says of a row, and why. The answer is the button."""

    reason = WordsField("Why, if there is something to say")


class NumberForm(Form):
    """A number that a source uses for somebody."""

    key = TextField("The source's own number")


@page.get("/sources/<code>/doubtful")
@open_to("data steward")
def every(code: str) -> ResponseReturnValue:
    """List the rows that may be about somebody."""
    found = doubtful.rows(actor(), code, ROWS_SHOWN)
    one = sources.look(actor(), code)
    return render_template("sources/doubtful.html", one=one, rows=found)


@page.route("/sources/<code>/doubtful/<uuid:row_id>", methods=["GET", "POST"])
@open_to("data steward", form=True)
def one(code: str, row_id: object) -> ResponseReturnValue:
    """Show a row beside whom it may be about; take what the steward says."""
    form = DecideForm()
    if form.validate_on_submit():
        try:
            _decide(code, str(row_id), request.form.get("answer", ""), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Kept. It holds on later nights, and can be taken back under What was decided.")
            return redirect(f"/sources/{code}/doubtful", 303)
    found = doubtful.look(actor(), code, str(row_id))
    return render_template("sources/question.html", row=found, form=form), form.status


@page.get("/sources/<code>/decided")
@open_to("data steward")
def decided(code: str) -> ResponseReturnValue:
    """List what was decided of a source's rows."""
    made = deciding.made(actor(), code)
    return render_template("sources/decided.html", one=sources.look(actor(), code), made=made)


@page.post("/sources/<code>/decided/<uuid:decision_id>/back")
@open_to("data steward")
def take_back(code: str, decision_id: object) -> ResponseReturnValue:
    """Take a decision back."""
    deciding.take_back(actor(), code, str(decision_id))
    flash("Taken back. What hung on it shows no more.")
    return redirect(f"/sources/{code}/decided", 303)


@page.route("/sources/<code>/taken-for", methods=["GET", "POST"])
@open_to("data steward", form=True)
def taken_for(code: str) -> ResponseReturnValue:
    """Show whom a source's own number is taken for."""
    form = NumberForm()
    source, key, person = sources.look(actor(), code).source, "", None
    if form.validate_on_submit():
        try:
            source, key, person = parting.taken_for(actor(), code, form.key.data or "")
        except NotFound as error:
            form.refuse(Invalid(str(error), "key"))
    html = render_template(
        "sources/taken_for.html",
        source=source,
        key=key,
        person=person,
        form=form,
        why=DecideForm(formdata=None),
    )
    return html, form.status


@page.post("/sources/<code>/taken-for/part")
@open_to("data steward")
def part(code: str) -> ResponseReturnValue:
    """Say that a number means somebody else than whom it was taken for."""
    said = request.form
    parting.part(
        actor(),
        code,
        said.get("key", ""),
        said.get("person", ""),
        said.get("reason", ""),
        is_new=said.get("answer") == "new",
    )
    flash("Kept. It can be taken back here.")
    return redirect(f"/sources/{code}/decided", 303)


def _decide(code: str, row_id: str, answer: str, reason: str) -> None:
    if answer.startswith(SAME):
        deciding.same(actor(), code, row_id, answer.removeprefix(SAME), reason)
    elif answer == "new":
        deciding.new(actor(), code, row_id, reason)
    elif answer == "none":
        deciding.none(actor(), code, row_id, reason)
    else:
        raise Invalid("Choose an answer.")
