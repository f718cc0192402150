"""Showing that one supports a child, from a private service: to the circle or to one in it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.record import revealing
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.fields import ChipField, WordsField
from pwa.forms import Form
from pwa.security import actor, authority

page = Blueprint("reveals", __name__)


class RevealForm(Form):
    """To whom, on which basis, and why."""

    to = ChipField("To whom?", choices=[])
    basis = ChipField("On which basis?", choices=[])
    reason = WordsField("Why, in your own words")

    def __init__(self) -> None:
        super().__init__()
        self.basis.choices = list(authority().choices.bases)


@page.route("/children/<uuid:person_id>/reveal", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def reveal(person_id: object) -> ResponseReturnValue:
    """Show to whom I show that I support a person, and take one more."""
    form = RevealForm()
    if form.validate_on_submit():
        said = form.to.data or "", form.basis.data or "", form.reason.data or ""
        try:
            revealing.reveal(actor(), str(person_id), *said)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Shown. You can take it back here at any time.", "done")
            return redirect(f"/children/{person_id}/reveal", 303)
    found = revealing.of(actor(), str(person_id))
    form.to.choices = [
        (revealing.CIRCLE, f"Everyone who supports {found.brief.first_name}"),
        *((one.id, one.name) for one in found.choices),
    ]
    roles = {one.id: one.role for one in found.choices}
    roles[revealing.CIRCLE] = "Whoever joins them later too"
    shown = render_template("reveals/reveal.html", form=form, found=found, roles=roles)
    return shown, form.status


@page.get("/reveals")
@open_to(EVERYONE)
def seen() -> ResponseReturnValue:
    """List what I revealed, and what was revealed in the service that I answer for."""
    return render_template("reveals/reveals.html", reveals=revealing.seen(actor()))


@page.post("/reveals/<uuid:reveal_id>/take-back")
@open_to(EVERYONE)
def take_back(reveal_id: object) -> ResponseReturnValue:
    """Take a reveal back."""
    revealing.take_back(actor(), str(reveal_id))
    flash("Taken back. It is as if you had never shown it.", "done")
    return redirect("/reveals", 303)
