"""Sources: how fresh each is, what changed, loading a file with a look first, and rows that wait."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms.validators import Optional, Regexp

from api.errors import Invalid
from api.facts import loading, quarantine, sources
from api.facts.sources import Description, Overview
from pwa.doors import open_to
from pwa.fields import DayField, TextField, WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("sources", __name__)

WHO_LOAD = ("data steward", "administrator")
WHO = (*WHO_LOAD, "governance lead")
ROWS_SHOWN = 50

_NUMBER = [Optional(), Regexp(r"\s*\d{1,4}\s*\Z", message="Enter a number.")]


class UploadForm(Form):
    """A file of a source. The file itself is no field: it is never put back."""


class DescribeForm(Form):
    """What a source is, whom it covers and how often it reports."""

    name = TextField("Name")
    owner = TextField("Owner")
    justification = WordsField("Why its data is needed")
    legal_basis = TextField("Legal basis")
    coverage = TextField("Whom it covers, in words")
    area = TextField("Area")
    ages_from = TextField("From which age", validators=_NUMBER)
    ages_to = TextField("Until which birthday", validators=_NUMBER)
    covers_from = DayField("From")
    covers_to = DayField("Until")
    report_every_days = TextField("Reports every how many days", validators=_NUMBER)
    missing_share = TextField("Of a hundred people, how many may be missing", validators=_NUMBER)


class AsideForm(Form):
    """Why a row is left out."""

    reason = TextField("Why it is left out")


@page.get("/sources")
@open_to(*WHO)
def every() -> ResponseReturnValue:
    """List the sources: fresh, late or silent, and what changed last."""
    return render_template("sources/sources.html", sources=sources.overview(actor()))


@page.get("/sources/<code>")
@open_to(*WHO)
def one(code: str) -> ResponseReturnValue:
    """Show a source, what is going on with it, and the history of its loads."""
    return _show(sources.look(actor(), code), UploadForm())


@page.get("/sources/<code>/now")
@open_to(*WHO, polling=True)
def now(code: str) -> ResponseReturnValue:
    """Give what is going on with a source: asked for every second while a load runs."""
    return render_template("sources/_now.html", one=sources.look(actor(), code))


@page.post("/sources/<code>/load")
@open_to(*WHO_LOAD, upload=True)
def load(code: str) -> ResponseReturnValue:
    """Stage an uploaded file in the background; what it would change is shown before it shows."""
    form = UploadForm()
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("Choose a file.", "file")
        loading.upload(actor(), code, file.filename, file.stream)
    except Invalid as error:
        form.form_errors.append(error.sentence)
        return _show(sources.look(actor(), code), form)
    return redirect(f"/sources/{code}", 303)


@page.post("/sources/<code>/accept")
@open_to(*WHO_LOAD)
def accept(code: str) -> ResponseReturnValue:
    """Let a load that waits show."""
    loading.accept(actor(), code, _number())
    flash("It shows now.")
    return redirect(f"/sources/{code}", 303)


@page.post("/sources/<code>/give-up")
@open_to(*WHO_LOAD)
def give_up(code: str) -> ResponseReturnValue:
    """Take a load that waits away."""
    loading.give_up(actor(), code, _number())
    flash("Taken away. Nothing of it was shown.")
    return redirect(f"/sources/{code}", 303)


@page.post("/sources/<code>/undo")
@open_to(*WHO_LOAD)
def undo(code: str) -> ResponseReturnValue:
    """Take back the last load that shows."""
    loading.undo(actor(), code)
    flash("Taken back. What stood before it stands again.")
    return redirect(f"/sources/{code}", 303)


@page.route("/sources/<code>/describe", methods=["GET", "POST"])
@open_to(*WHO_LOAD, form=True)
def describe(code: str) -> ResponseReturnValue:
    """Say what a source is, whom it covers and how often it reports."""
    found = sources.look(actor(), code)
    form = DescribeForm(obj=found.source)
    if form.validate_on_submit():
        try:
            sources.change(actor(), code, _described(form))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Kept.")
            return redirect(f"/sources/{code}", 303)
    return render_template("sources/describe.html", one=found, form=form), form.status


@page.get("/sources/<code>/waiting")
@open_to("data steward")
def waiting(code: str) -> ResponseReturnValue:
    """List the rows that wait, to the source's own data steward."""
    rows = loading.waiting(actor(), code, ROWS_SHOWN + 1)
    found = sources.look(actor(), code)
    return render_template("sources/waiting.html", one=found, rows=rows[:ROWS_SHOWN])


@page.route("/sources/<code>/waiting/<uuid:row_id>", methods=["GET", "POST"])
@open_to("data steward")
def row(code: str, row_id: object) -> ResponseReturnValue:
    """Show a row that waits; take it as it was corrected."""
    held = quarantine.look(actor(), code, str(row_id))
    values = dict(held.values)
    why = ""
    if request.method == "POST":
        # The fields are named by their place: a heading may hold anything.
        typed = {n: request.form.get(f"value-{n}", "") for n in range(len(values))}
        values = {heading: typed[n] for n, heading in enumerate(values)}
        try:
            quarantine.release(actor(), code, held.id, values)
        except Invalid as error:
            why = error.sentence
        else:
            flash(f"Line {held.line} was taken.")
            return redirect(f"/sources/{code}/waiting", 303)
    return _show_row(held, values, AsideForm(formdata=None), why)


@page.post("/sources/<code>/waiting/<uuid:row_id>/aside")
@open_to("data steward")
def aside(code: str, row_id: object) -> ResponseReturnValue:
    """Leave a row out, with a reason."""
    form = AsideForm()
    try:
        quarantine.set_aside(actor(), code, str(row_id), form.reason.data or "")
    except Invalid as error:
        form.refuse(error)
        held = quarantine.look(actor(), code, str(row_id))
        return _show_row(held, dict(held.values), form, "")
    flash("Left out.")
    return redirect(f"/sources/{code}/waiting", 303)


def _show(found: Overview, form: Form) -> ResponseReturnValue:
    return render_template("sources/source.html", one=found, form=form), form.status


def _show_row(
    held: quarantine.HeldRow, values: dict[str, str], form: Form, why: str
) -> ResponseReturnValue:
    html = render_template("sources/row.html", row=held, values=values, form=form, why=why)
    return html, 422 if why else form.status


def _described(form: DescribeForm) -> Description:
    def number(field: TextField) -> int | None:
        text = (field.data or "").strip() if isinstance(field.data, str) else field.data
        return int(text) if text not in ("", None) else None

    share = number(form.missing_share)
    return Description(
        name=form.name.data or "",
        owner=form.owner.data or "",
        justification=form.justification.data or "",
        legal_basis=form.legal_basis.data or "",
        coverage=form.coverage.data or "",
        area=form.area.data or "",
        ages_from=number(form.ages_from),
        ages_to=number(form.ages_to),
        covers_from=form.covers_from.data or None,
        covers_to=form.covers_to.data or None,
        report_every_days=number(form.report_every_days),
        missing_share=20 if share is None else share,
    )


def _number() -> int:
    text = request.form.get("number", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
