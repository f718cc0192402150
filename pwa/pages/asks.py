"""Asking the circle: would anyone else who supports this child ring me? And answering."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid, NotFound
from api.record import asks
from api.record.asks import Asks
from pwa.doors import WORKING, open_to
from pwa.fields import ChipField, WordsField
from pwa.forms import Form
from pwa.security import actor, authority

page = Blueprint("asks", __name__)


class AskForm(Form):
    """What somebody adds to asking."""

    words = WordsField("What it is about (you can leave this empty)")


class AnswerForm(Form):
    """By name or not, and what is said. The basis and the reason are for a private service."""

    voice = ChipField("How do you answer?", choices=[])
    words = WordsField("What you say (you can leave this empty)")
    basis = ChipField("On which basis?", choices=[])
    reason = WordsField("Why you show it, in your own words")

    def __init__(self) -> None:
        super().__init__()
        self.basis.choices = list(authority().choices.bases)


@page.route("/children/<uuid:person_id>/ask", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def ask(person_id: object) -> ResponseReturnValue:
    """Show what is asked of those who support a person, and ask."""
    form = AskForm()
    if form.validate_on_submit():
        try:
            asks.ask(actor(), str(person_id), form.words.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Asked. Nobody has to answer. You are told when somebody does.", "done")
            return redirect(f"/children/{person_id}/ask", 303)
    found = asks.of(actor(), str(person_id))
    return render_template("asks/asks.html", form=form, found=found), form.status


@page.post("/children/<uuid:person_id>/ask/<uuid:ask_id>/end")
@open_to(*WORKING)
def end(person_id: object, ask_id: object) -> ResponseReturnValue:
    """Ask no more."""
    asks.end(actor(), str(ask_id))
    flash("It is not asked any more.", "done")
    return redirect(f"/children/{person_id}/ask", 303)


@page.route("/children/<uuid:person_id>/ask/<uuid:ask_id>", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def answer(person_id: object, ask_id: object) -> ResponseReturnValue:
    """Answer what was asked."""
    form = AnswerForm()
    if form.validate_on_submit():
        said = [form.voice, form.words, form.basis, form.reason]
        try:
            asks.answer(actor(), str(ask_id), *(field.data or "" for field in said))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Answered. You can take it back here.", "done")
            return redirect(f"/children/{person_id}/ask/{ask_id}", 303)
    found = asks.of(actor(), str(person_id))
    one = next((one for one in found.asks if one.id == str(ask_id) and not one.mine), None)
    if one is None:
        raise NotFound(asks.NO_SUCH_ASK)
    form.voice.choices = voices(found)
    shown = render_template("asks/answer.html", form=form, found=found, ask=one)
    return shown, form.status


@page.post("/children/<uuid:person_id>/ask/<uuid:ask_id>/answers/<uuid:answer_id>/take-back")
@open_to(*WORKING)
def take_back(person_id: object, ask_id: object, answer_id: object) -> ResponseReturnValue:
    """Take an answer of mine back."""
    asks.take_back(actor(), str(answer_id))
    flash("Taken back.", "done")
    return redirect(f"/children/{person_id}/ask/{ask_id}", 303)


def voices(found: Asks) -> list[tuple[str, str]]:
    """Give how the actor can answer. Through the relay everybody can, so that it proves nothing."""
    named = [("named", "By my name, with my number")] if found.may_be_named else []
    return [*named, ("relay", "Through the relay, without my name")]
