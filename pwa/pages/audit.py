"""Watching over looks, for governance leads: by person, practitioner and purpose; questions; figures."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.oversight import circle, figures, looks, questions
from api.oversight.watching import Shown
from pwa.doors import EVERYONE, open_to
from pwa.fields import ChipField, DayField, TextField, WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("audit", __name__)

WHO = ("governance lead",)
OUTCOMES = [
    ("asked", "I asked them, and wait"),
    ("a proper reason", "There was a proper reason"),
    ("a talk", "It was talked over with them"),
    ("taken further", "It is taken further"),
]


class PersonForm(Form):
    """The one person whose looks are read."""

    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")
    nhs = TextField("NHS number")


class AnswerForm(Form):
    """What came of a question."""

    outcome = ChipField("What came of it", choices=OUTCOMES)
    reason = WordsField("In a few words")


@page.get("/audit")
@open_to(*WHO)
def overview() -> ResponseReturnValue:
    """Show the ways to read the trail, and how many questions wait."""
    return render_template("audit/audit.html", found=questions.overview(actor()))


@page.route("/audit/people", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def people() -> ResponseReturnValue:
    """Find the one person whose looks are to be read."""
    form = PersonForm()
    found: list[Shown] | None = None
    if form.validate_on_submit():
        try:
            found = looks.find(
                actor(),
                form.first.data or "",
                form.last.data or "",
                form.born_on.data or None,
                form.nhs.data or "",
            )
        except Invalid as error:
            form.refuse(error)
    return render_template("audit/people.html", form=form, found=found), form.status


@page.get("/audit/people/<uuid:looked_at>")
@open_to(*WHO)
def at_person(looked_at: object) -> ResponseReturnValue:
    """Show who looked at one person."""
    found = looks.at_person(actor(), str(looked_at), request.args.get("before", ""))
    return render_template("audit/person.html", found=found)


@page.get("/audit/practitioners")
@open_to(*WHO)
def practitioners() -> ResponseReturnValue:
    """List whom this governance lead watches over."""
    number = request.args.get("page", "1")
    if not number.isascii() or not number.isdigit() or len(number) > 5:
        number = "1"
    found = looks.staff(actor(), request.args.get("agency", ""), int(number))
    return render_template("audit/practitioners.html", found=found)


@page.get("/audit/practitioners/<uuid:practitioner_id>")
@open_to(*WHO)
def by_practitioner(practitioner_id: object) -> ResponseReturnValue:
    """Show what one practitioner did."""
    found = looks.by_practitioner(actor(), str(practitioner_id), request.args.get("before", ""))
    return render_template("audit/practitioner.html", found=found)


@page.get("/audit/purposes")
@open_to(*WHO)
def purposes() -> ResponseReturnValue:
    """Show why people looked from outside a circle, and what followed."""
    purpose = request.args.get("purpose", "")
    found = looks.by_purpose(actor(), purpose, request.args.get("before", ""))
    return render_template("audit/purposes.html", found=found, purpose=purpose)


@page.get("/audit/questions")
@open_to(*WHO)
def asked() -> ResponseReturnValue:
    """List looks that deserve a question, or those that were settled."""
    settled = "settled" in request.args
    found = questions.waiting(actor(), request.args.get("before", ""), settled=settled)
    return render_template("audit/questions.html", found=found, settled=settled)


@page.route("/audit/questions/<uuid:question_id>", methods=["GET", "POST"])
@open_to(*WHO, form=True)
def question(question_id: object) -> ResponseReturnValue:
    """Show one question, the looks of that day and what was done about it; take what came of it."""
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            questions.answer(
                actor(), str(question_id), form.outcome.data or "", form.reason.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Recorded.", "done")
            return redirect(f"/audit/questions/{question_id}", 303)
    found = questions.one(actor(), str(question_id))
    return render_template("audit/question.html", found=found, form=form), form.status


@page.get("/audit/figures")
@open_to(*WHO)
def numbers() -> ResponseReturnValue:
    """Show the figures of a month that has ended, the last one first."""
    found = figures.shown(actor())
    month = request.args.get("month", "")
    at = found.months.index(month) if month in found.months else 0
    return render_template("audit/figures.html", found=found, at=at)


@page.get("/audit/figures.csv")
@open_to(*WHO)
def numbers_as_csv() -> ResponseReturnValue:
    """Give the figures as a file."""
    file = Response(figures.export(actor()), mimetype="text/csv")
    file.headers["Content-Disposition"] = 'attachment; filename="inkling-figures.csv"'
    return file


@page.get("/children/<uuid:person_id>/looks")
@open_to(EVERYONE)
def around(person_id: object) -> ResponseReturnValue:
    """Show the circle who looked at a person."""
    found = circle.around(actor(), str(person_id), request.args.get("before", ""))
    return render_template("audit/around.html", found=found)
