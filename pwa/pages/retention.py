"""Keeping and forgetting: what fell due, what holds it, and what two people forget."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid, NotFound
from api.moment import is_id
from api.rights import forgetting, holds, retention
from api.rights.retention import Keeping, Standing
from pwa.doors import EVERYONE, open_to
from pwa.fields import ChipField, DayField, TextField, WordsField, offered
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("retention", __name__)

GOVERNING = "governance lead"
# Who may sign as the second person.
SIGNING = (GOVERNING, "supervisor", "safeguarding lead")


class FindForm(Form):
    """Somebody by their whole name and date of birth."""

    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")


class HoldForm(Form):
    """What asks for everything to be kept."""

    kind = ChipField("What asks for it", choices=holds.KINDS.items())
    reason = WordsField("Why")


class ReasonForm(Form):
    """Why."""

    reason = WordsField("Why")


class KeepForm(Form):
    """Until when something is kept on, and why."""

    until = DayField("Keep until")
    reason = WordsField("Why")


class NoteForm(Form):
    """What becomes of a note that others share."""

    decision = ChipField("What becomes of it")
    saw = WordsField("What was seen or heard")
    thinks = WordsField("What was thought or felt")


@page.get("/retention")
@open_to(*SIGNING)
def due() -> ResponseReturnValue:
    """List what fell due, and what waits for a second person."""
    return _list(FindForm())


@page.post("/retention")
@open_to(GOVERNING, form=True)
def find() -> ResponseReturnValue:
    """Find somebody by name, to hold what is kept about them."""
    form = FindForm()
    found = None
    if form.validate_on_submit():
        try:
            found = holds.find(
                actor(), form.first.data or "", form.last.data or "", form.born_on.data or ""
            )
        except Invalid as error:
            form.refuse(error)
    return _list(form, found)


@page.get("/children/<uuid:person_id>/keeping")
@open_to(GOVERNING)
def keeping(person_id: object) -> ResponseReturnValue:
    """Show how long what is kept about a person is kept, and what holds it."""
    found = retention.of(actor(), str(person_id))
    return render_template("retention/keeping.html", one=found)


@page.route("/children/<uuid:person_id>/hold", methods=["GET", "POST"])
@open_to(GOVERNING, form=True)
def hold(person_id: object) -> ResponseReturnValue:
    """Hold everything that is kept about a person."""
    form = HoldForm()
    if form.validate_on_submit():
        try:
            holds.hold(actor(), str(person_id), form.kind.data or "", form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Held. Nothing about this person is forgotten until the hold is lifted.")
            return redirect(f"/children/{person_id}/keeping", 303)
    return _show("retention/hold.html", person_id, form)


@page.route("/children/<uuid:person_id>/hold/<hold_id>/lift", methods=["GET", "POST"])
@open_to(GOVERNING, form=True)
def lift(person_id: object, hold_id: str) -> ResponseReturnValue:
    """Lift a hold."""
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            holds.lift(actor(), str(person_id), hold_id, form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Lifted.")
            return redirect(f"/children/{person_id}/keeping", 303)
    found = retention.of(actor(), str(person_id))
    held = next((one for one in found.holds if one.id == hold_id), None)
    if held is None:
        raise NotFound("There is no such hold that you can lift.")
    return render_template("retention/lift.html", one=found, held=held, form=form), form.status


@page.route("/children/<uuid:person_id>/keep-on", methods=["GET", "POST"])
@open_to(GOVERNING, form=True)
def keep_on(person_id: object) -> ResponseReturnValue:
    """Keep what fell due until another day."""
    form = KeepForm()
    if form.validate_on_submit():
        try:
            retention.keep_on(
                actor(),
                str(person_id),
                _agency(),
                form.until.data or "",
                form.reason.data or "",
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Kept on. It falls due again on that day.")
            return redirect("/retention", 303)
    return _show("retention/keep_on.html", person_id, form)


@page.route("/children/<uuid:person_id>/forget", methods=["GET", "POST"])
@open_to(GOVERNING, form=True)
def forget(person_id: object) -> ResponseReturnValue:
    """Ask that what fell due be forgotten."""
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            asked = forgetting.ask(actor(), str(person_id), _agency(), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Asked. Somebody else signs before anything is forgotten.")
            return redirect(f"/retention/{asked}", 303)
    return _show("retention/forget.html", person_id, form)


@page.get("/retention/<uuid:forgetting_id>")
@open_to(*SIGNING)
def asked(forgetting_id: object) -> ResponseReturnValue:
    """Show what is to be forgotten, and what it waits for."""
    found = forgetting.look(actor(), str(forgetting_id))
    return render_template("retention/asked.html", one=found)


@page.post("/retention/<uuid:forgetting_id>/sign")
@open_to(*SIGNING)
def sign(forgetting_id: object) -> ResponseReturnValue:
    """Sign as the second person: it is forgotten, for good."""
    emptied = forgetting.sign(actor(), str(forgetting_id))
    flash(
        "Forgotten. It cannot be brought back."
        if emptied
        else "Forgotten. The last of it leaves the database's log within the hour."
    )
    return redirect("/retention", 303)


@page.post("/retention/<uuid:forgetting_id>/take-back")
@open_to(*SIGNING)
def take_back(forgetting_id: object) -> ResponseReturnValue:
    """Take back that something be forgotten."""
    forgetting.take_back(actor(), str(forgetting_id))
    flash("Taken back. Nothing was forgotten.")
    return redirect("/retention", 303)


@page.get("/shared-notes")
@open_to(EVERYONE)
def shared_notes() -> ResponseReturnValue:
    """List notes that others share, which the actor must look at before somebody is forgotten."""
    return render_template("retention/shared_notes.html", found=forgetting.to_look_at(actor()))


@page.route("/shared-notes/<uuid:forgetting_id>/<uuid:note_id>", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def shared_note(forgetting_id: object, note_id: object) -> ResponseReturnValue:
    """Say what becomes of a note that others share."""
    found = forgetting.one_to_look_at(actor(), str(forgetting_id), str(note_id))
    form = NoteForm(data={"saw": found.saw, "thinks": found.thinks, "decision": found.decision})
    others = " and ".join(found.others) or "the others"
    form.decision.choices = offered(
        [("keep", f"Keep it as it is for {others}"), ("redact", "Keep only what is below")]
    )
    if form.validate_on_submit():
        try:
            forgetting.decide(
                actor(),
                str(forgetting_id),
                str(note_id),
                form.decision.data or "",
                form.saw.data or "",
                form.thinks.data or "",
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Thank you. It happens when the forgetting is signed.")
            return redirect("/shared-notes", 303)
    return render_template("retention/shared_note.html", one=found, form=form), form.status


def _list(form: FindForm, found: list[holds.Named] | None = None) -> ResponseReturnValue:
    me = actor()
    waiting = forgetting.waiting(me)
    falls = retention.due(me) if me.has(GOVERNING) else None
    if falls:
        # What somebody asked to be forgotten stands above, for a second person.
        asked = {(one.person_id, one.agency_id) for one in waiting}
        due = [
            one
            for one in falls.falling
            if asked.isdisjoint({(one.person_id, None), (one.person_id, one.agency_id)})
        ]
        falls = replace(falls, falling=due)
    html = render_template(
        "retention/due.html", form=form, found=found, falls=falls, waiting=waiting
    )
    return html, form.status


def _agency() -> str | None:
    """The agency whose notes it is about, from the address; none: the person."""
    agency = request.args.get("agency", "")
    return agency if is_id(agency) else None


def _show(template: str, person_id: object, form: Form) -> ResponseReturnValue:
    found = retention.of(actor(), str(person_id))
    standing = _standing(found) if template.endswith(("keep_on.html", "forget.html")) else None
    return render_template(template, one=found, form=form, standing=standing), form.status


def _standing(found: Keeping) -> Standing:
    agency = _agency()
    for one in found.standing:
        if one.agency_id == agency:
            return one
    raise NotFound("There is nothing here that you could decide about.")
