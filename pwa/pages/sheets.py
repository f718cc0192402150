"""The sheet for a family: shown, printed, given or not; and what they say in their own words."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms.validators import DataRequired

from api.errors import Invalid, NotFound
from api.rights import languages, sheets, statements
from pwa.doors import WORKING, open_to
from pwa.fields import ChipField, TextField, WordsField
from pwa.forms import Form
from pwa.security import actor, authority

page = Blueprint("sheets", __name__)

YES, NO = "yes", "no"


class GiveForm(Form):
    """To whom the sheet was given, how and in which language, and whether that was safe."""

    safe = ChipField(
        "Is it safe to give this?",
        choices=[(YES, "Yes, I have thought about it"), (NO, "No, or not sure")],
        validators=[DataRequired("Say whether it is safe to give.")],
    )
    to = TextField("To whom?")
    how = ChipField("How?", choices=sheets.HOWS)
    language = ChipField("In which language?")

    def __init__(self) -> None:
        super().__init__()
        self.language.choices = [(one.code, one.name) for one in languages.every().values()]
        if self.language.data is None:
            self.language.data = request.args.get("language", languages.FIRST)


class KeepBackForm(Form):
    """To whom the sheet is not given, and why."""

    to = TextField("To whom is it not given?")
    basis = ChipField("Why not?")
    reason = WordsField("In your own words")

    def __init__(self) -> None:
        super().__init__()
        self.basis.choices = list(authority().choices.grounds)


class StatementForm(Form):
    """Whose words, and the words."""

    who = TextField("Whose words?")
    said = WordsField("What they say")


@page.get("/children/<uuid:person_id>/sheet")
@open_to(*WORKING)
def sheet(person_id: object) -> ResponseReturnValue:
    """Show the sheet about a person as it is printed, in one of its languages."""
    language = request.args.get("language", languages.FIRST)
    try:
        shown = sheets.of(actor(), str(person_id), language)
    except Invalid:
        raise NotFound("There is no sheet in that language.") from None
    return render_template("sheets/sheet.html", shown=shown, hows=dict(sheets.HOWS))


@page.route("/children/<uuid:person_id>/sheet/give", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def give(person_id: object) -> ResponseReturnValue:
    """Write down that the sheet was given."""
    form = GiveForm()
    if form.validate_on_submit():
        try:
            sheets.give(
                actor(),
                str(person_id),
                safe=form.safe.data == YES,
                to=form.to.data or "",
                how=form.how.data or "",
                language=form.language.data or "",
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Written down.", "done")
            return redirect(f"/children/{person_id}/sheet?language={form.language.data}", 303)
    about = sheets.brief(actor(), str(person_id))
    return render_template("sheets/give.html", form=form, brief=about), form.status


@page.route("/children/<uuid:person_id>/sheet/keep-back", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def keep_back(person_id: object) -> ResponseReturnValue:
    """Write down that it is not safe to give the sheet to somebody."""
    form = KeepBackForm()
    if form.validate_on_submit():
        said = form.to.data or "", form.basis.data or "", form.reason.data or ""
        try:
            sheets.keep_back(actor(), str(person_id), *said)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(
                "Written down. It stands beside the sheet, for whoever would give it next.", "done"
            )
            return redirect(f"/children/{person_id}/sheet", 303)
    about = sheets.brief(actor(), str(person_id))
    return render_template("sheets/keep_back.html", form=form, brief=about), form.status


@page.route("/children/<uuid:person_id>/statement", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def statement(person_id: object) -> ResponseReturnValue:
    """Show what a person and their family say themselves, and take more of it down."""
    form = StatementForm()
    if form.validate_on_submit():
        try:
            statements.take_down(actor(), str(person_id), form.who.data or "", form.said.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Taken down.", "done")
            return redirect(f"/children/{person_id}/statement", 303)
    found = statements.of(actor(), str(person_id))
    return render_template("sheets/statement.html", form=form, found=found), form.status
