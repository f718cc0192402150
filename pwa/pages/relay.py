"""The relay: passing on that somebody rang the general number, and who rang for me."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.record import relay
from pwa.doors import EVERYONE, limited, open_to
from pwa.fields import TextField, WordsField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("relay", __name__)


class CallForm(Form):
    """What the general number takes down of a call."""

    reference = TextField("Reference")
    name = TextField("Who rings")
    phone = TextField("On which number they can be reached")
    words = WordsField("What they ask to be passed on (you can leave this empty)")


@page.route("/relay", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
@limited("relay", tries=60, minutes=60)
def calls() -> ResponseReturnValue:
    """Show who rang for me through the relay; take a call of the general number's."""
    form = CallForm()
    if form.validate_on_submit():
        said = [form.reference, form.name, form.phone, form.words]
        try:
            relay.pass_on(actor(), *(field.data or "" for field in said))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Passed on. They ring back if they can.", "done")
            return redirect("/relay", 303)
    return render_template("relay/relay.html", form=form, found=relay.calls(actor())), form.status
