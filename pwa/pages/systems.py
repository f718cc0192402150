"""Systems that use the API, for administrators: their tokens, and where they are told."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms.validators import Regexp

from api.errors import Invalid, NotFound
from api.staff import agencies, connected, tokens
from api.telling import webhooks
from pwa import security
from pwa.doors import open_to
from pwa.fields import ChipsField, ListField, TextField, offered
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("systems", __name__)

SCOPES = [(scope, what.capitalize()) for scope, what in tokens.SCOPES.items()]


class TokenForm(Form):
    """What a new token is for."""

    agency_id = ListField("Agency")
    name = TextField("Name of the system")
    scopes = ChipsField("What it may do", choices=SCOPES)
    purpose = ListField("For which purpose it looks people up")
    days = TextField(
        "How many days it lasts",
        default="180",
        validators=[Regexp(r"\s*\d{1,4}\s*\Z", message="Enter a number.")],
    )

    def __init__(self) -> None:
        super().__init__()
        me = actor()
        self.agency_id.choices = offered(
            [
                ("", "Choose an agency"),
                *((one.id, one.name) for one in agencies.list_agencies(me) if not one.sensitive),
            ]
        )
        self.purpose.choices = offered([("", "Choose a purpose"), *me.authority.choices.purposes])


class WebhookForm(Form):
    """Where a system is told."""

    url = TextField("Address")


@page.get("/systems")
@open_to("administrator")
def every() -> ResponseReturnValue:
    """List the systems, with what they may do and how they are."""
    return render_template("systems/systems.html", systems=connected.every(actor()), scopes=SCOPES)


@page.route("/systems/new", methods=["GET", "POST"])
@open_to("administrator", form=True)
def make() -> ResponseReturnValue:
    """Make a token, and show its secret this once."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            made = tokens.make(
                actor(),
                agency_id=form.agency_id.data or "",
                name=form.name.data or "",
                scopes=form.scopes.data or (),
                purpose=form.purpose.data or "",
                days=int(form.days.data or 0),
            )
        except Invalid as error:
            form.refuse(error)
        except NotFound:
            form.refuse(Invalid("Choose an agency.", "agency_id"))
        else:
            return render_template(
                "systems/secret.html", what="token", secret=made.secret, back="/systems"
            )
    return render_template("systems/new.html", form=form), form.status


@page.get("/systems/<uuid:system_id>")
@open_to("administrator")
def one(system_id: object) -> ResponseReturnValue:
    """Show a system's tokens and webhooks."""
    return _show(str(system_id), WebhookForm())


@page.post("/systems/tokens/<uuid:token_id>/revoke")
@open_to("administrator")
def revoke(token_id: object) -> ResponseReturnValue:
    """End a token at once."""
    tokens.revoke(actor(), str(token_id))
    flash("Revoked. It opens nothing any more.")
    return redirect("/systems", 303)


@page.post("/systems/<uuid:system_id>/webhooks")
@open_to("administrator", form=True)
def add_webhook(system_id: object) -> ResponseReturnValue:
    """Let a system be told at an address, and show the secret this once."""
    form = WebhookForm()
    if form.validate_on_submit():
        hosts = security.config().webhook_hosts
        try:
            made = webhooks.add(actor(), str(system_id), form.url.data or "", hosts)
        except Invalid as error:
            form.refuse(error)
        else:
            return _secret(made, system_id)
    return _show(str(system_id), form)


@page.post("/systems/<uuid:system_id>/webhooks/<uuid:webhook_id>/secret")
@open_to("administrator")
def renew_secret(system_id: object, webhook_id: object) -> ResponseReturnValue:
    """Give a webhook a new secret, and show it this once."""
    return _secret(webhooks.renew(actor(), str(webhook_id)), system_id)


@page.post("/systems/<uuid:system_id>/webhooks/<uuid:webhook_id>/start")
@open_to("administrator")
def start_webhook(system_id: object, webhook_id: object) -> ResponseReturnValue:
    """Go on telling an address that was given up."""
    webhooks.start(actor(), str(webhook_id))
    flash("Started again. It goes on from where it stopped.")
    return redirect(f"/systems/{system_id}", 303)


@page.post("/systems/<uuid:system_id>/webhooks/<uuid:webhook_id>/end")
@open_to("administrator")
def end_webhook(system_id: object, webhook_id: object) -> ResponseReturnValue:
    """Tell an address nothing any more."""
    webhooks.end(actor(), str(webhook_id))
    flash("Removed. Nothing is sent there any more.")
    return redirect(f"/systems/{system_id}", 303)


def _secret(made: webhooks.Made, system_id: object) -> ResponseReturnValue:
    return render_template(
        "systems/secret.html", what="webhook", secret=made.secret, back=f"/systems/{system_id}"
    )


def _show(system_id: str, form: WebhookForm) -> ResponseReturnValue:
    found = connected.one(actor(), system_id)
    html = render_template(
        "systems/system.html",
        system=found,
        form=form,
        hosts=security.config().webhook_hosts,
        scopes=SCOPES,
    )
    return html, form.status
