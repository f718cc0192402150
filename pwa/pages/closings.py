"""Closing a record to all but those named, hiding where somebody is, and declaring one's own family."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid, NotFound
from api.record import conflicts, protections
from api.record.protections import Closing
from pwa.doors import WORKING, open_to
from pwa.fields import ChipsField, WordsField, offered
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("closings", __name__)

ENDING = ("supervisor", "governance lead")
DECLARING = (*WORKING, "governance lead")


class _NamingForm(Form):
    """Whom something stays open to."""

    named = ChipsField("Who may know")

    def offer(self, found: Closing, chosen: Iterable[str] = ()) -> None:
        """Offer those who may be named; chosen already are those given, or else whoever asks."""
        self.named.choices = offered(
            (one.id, f"{one.name}, {one.job}") for one in (*found.choices, *found.colleagues)
        )
        if not self.is_submitted():
            self.named.data = sorted(chosen) or [actor().id]


class RestrictForm(_NamingForm):
    """Why a record is closed, and to whom it stays open."""

    reason = WordsField("Why must it be closed?")


class ProtectForm(_NamingForm):
    """From whom it is hidden where somebody is, and who may know."""

    hidden_from = WordsField("From whom must it be hidden, and why?")


class LiftForm(Form):
    """Why something is opened again."""

    reason = WordsField("Why")


class ConflictForm(Form):
    """How somebody is near to a person."""

    why = WordsField("How do you know them? (you can leave this empty)")


@page.route("/children/<uuid:person_id>/restrict", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def restrict(person_id: object) -> ResponseReturnValue:
    """Close a person's record to all but those named."""
    form = RestrictForm()
    if form.validate_on_submit():
        try:
            protections.restrict(
                actor(), str(person_id), form.reason.data or "", form.named.data or []
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Closed to everybody who is not named.", "done")
            mine = actor().id in (form.named.data or [])
            return redirect(f"/children/{person_id}" if mine else "/", 303)
    found = protections.closing(actor(), str(person_id))
    form.offer(found, found.named)
    return render_template("closings/restrict.html", form=form, found=found), form.status


@page.route("/children/<uuid:person_id>/restrict/lift", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def lift_restriction(person_id: object) -> ResponseReturnValue:
    """Open a closed record again."""
    form = LiftForm()
    if form.validate_on_submit():
        try:
            protections.lift_restriction(actor(), str(person_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Open again, to whoever supports this person.", "done")
            return redirect("/", 303)
    found = protections.closing(actor(), str(person_id))
    if not found.restricted:
        raise NotFound("This record is not closed.")
    return render_template("closings/lift_restriction.html", form=form, found=found), form.status


@page.route("/children/<uuid:person_id>/protect", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def protect(person_id: object) -> ResponseReturnValue:
    """Hide where a person is, and show those named who may know it."""
    form = ProtectForm()
    if form.validate_on_submit():
        try:
            protections.protect(
                actor(), str(person_id), form.hidden_from.data or "", form.named.data or []
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Hidden from everybody who is not named.", "done")
            return redirect(f"/children/{person_id}/protect", 303)
    found = protections.closing(actor(), str(person_id))
    form.offer(found)
    return render_template("closings/protect.html", form=form, found=found), form.status


@page.route("/children/<uuid:person_id>/protect/<uuid:held_id>/lift", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def lift_protection(person_id: object, held_id: object) -> ResponseReturnValue:
    """Take back that it is hidden where somebody is."""
    form = LiftForm()
    if form.validate_on_submit():
        try:
            protections.lift_protection(
                actor(), str(person_id), str(held_id), form.reason.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Taken back. It is shown again to whoever supports this person.", "done")
            return redirect(f"/children/{person_id}/protect", 303)
    found = protections.closing(actor(), str(person_id))
    held = next((one for one in found.protections if one.id == str(held_id)), None)
    if held is None:
        raise NotFound("There is no such thing hidden here.")
    html = render_template("closings/lift_protection.html", form=form, found=found, held=held)
    return html, form.status


@page.get("/closings")
@open_to("governance lead")
def forsaken() -> ResponseReturnValue:
    """List what is closed and nobody who is named can open any more."""
    return render_template("closings/forsaken.html", found=protections.forsaken(actor()))


@page.route("/closings/<uuid:held_id>/open", methods=["GET", "POST"])
@open_to("governance lead", form=True)
def open_forsaken(held_id: object) -> ResponseReturnValue:
    """Open again what nobody who is named can open any more."""
    form = LiftForm()
    if form.validate_on_submit():
        try:
            protections.open_forsaken(actor(), str(held_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Open again, to whoever supports this person.", "done")
            return redirect("/closings", 303)
    one = next((one for one in protections.forsaken(actor()) if one.id == str(held_id)), None)
    if one is None:
        raise NotFound("There is nothing to open here.")
    return render_template("closings/open_forsaken.html", form=form, one=one), form.status


@page.route("/children/<uuid:person_id>/conflict", methods=["GET", "POST"])
@open_to(*DECLARING, form=True)
def declare(person_id: object) -> ResponseReturnValue:
    """Declare that somebody is the actor's own family or a neighbour: their record closes to them."""
    form = ConflictForm()
    if form.validate_on_submit():
        try:
            conflicts.declare(actor(), str(person_id), form.why.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Declared. This record is closed to you. You can still log.", "done")
            return redirect("/", 303)
    about = conflicts.about(actor(), str(person_id))
    return render_template("closings/conflict.html", form=form, brief=about), form.status


@page.get("/conflicts")
@open_to(*ENDING)
def declared() -> ResponseReturnValue:
    """List what those whom the actor supervises or governs declared."""
    return render_template("closings/conflicts.html", found=conflicts.under(actor()))


@page.route("/conflicts/<uuid:conflict_id>/end", methods=["GET", "POST"])
@open_to(*ENDING, form=True)
def end_conflict(conflict_id: object) -> ResponseReturnValue:
    """End a declaration, with a reason."""
    form = LiftForm()
    if form.validate_on_submit():
        try:
            conflicts.end(actor(), str(conflict_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Ended. The record opens to them as far as their work does.", "done")
            return redirect("/conflicts", 303)
    held = next((one for one in conflicts.under(actor()) if one.id == str(conflict_id)), None)
    if held is None:
        raise NotFound("There is no such entry here.")
    return render_template("closings/end_conflict.html", form=form, one=held), form.status
