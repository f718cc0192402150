"""Share or not: what was told about a person to somebody outside, or was not, and why."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.record import sharing
from api.record.sharing import NewDecision
from pwa.doors import WORKING, open_to
from pwa.fields import ChipField, TextField, WordsField
from pwa.forms import Form
from pwa.security import actor, authority

page = Blueprint("sharing", __name__)


class ShareForm(Form):
    """With whom, what, on which basis and why."""

    to = TextField("With whom?")
    what = TextField("What?")
    basis = ChipField("On which basis?")
    reason = WordsField("Why, in your own words")

    def __init__(self, *, shared: bool) -> None:
        super().__init__()
        choices = authority().choices
        self.basis.choices = list(choices.bases if shared else choices.grounds)
        if not shared:
            self.basis.label.text = "Why not?"


@page.get("/children/<uuid:person_id>/shared")
@open_to(*WORKING)
def shared(person_id: object) -> ResponseReturnValue:
    """List what was shared about a person outside, and what was not."""
    return render_template("sharing/shared.html", found=sharing.of(actor(), str(person_id)))


@page.route("/children/<uuid:person_id>/shared/yes", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def share(person_id: object) -> ResponseReturnValue:
    """Write down that something was shared with somebody outside."""
    return _decide(str(person_id), shared=True)


@page.route("/children/<uuid:person_id>/shared/no", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def do_not_share(person_id: object) -> ResponseReturnValue:
    """Write down that something was not shared."""
    return _decide(str(person_id), shared=False)


def _decide(person_id: str, *, shared: bool) -> ResponseReturnValue:
    form = ShareForm(shared=shared)
    if form.validate_on_submit():
        new = NewDecision(
            shared=shared,
            to=form.to.data or "",
            what=form.what.data or "",
            basis=form.basis.data or "",
            reason=form.reason.data or "",
        )
        try:
            sharing.decide(actor(), person_id, new)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Written down.", "done")
            return redirect(f"/children/{person_id}/shared", 303)
    about = sharing.of(actor(), person_id).brief
    shown = render_template("sharing/share.html", form=form, brief=about, shared=shared)
    return shown, form.status
