"""Approvals: devices that wait. Compare the codes, then approve or refuse."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.staff import devices
from pwa.doors import open_to
from pwa.fields import ChipField
from pwa.forms import Form
from pwa.security import actor

page = Blueprint("approvals", __name__)

APPROVERS = ("supervisor", "approver", "administrator")
HOW = (
    ("saw their screen", "I saw their screen"),
    ("rang the number we hold", "I rang the number we hold"),
)


class ApprovalForm(Form):
    """How the codes were compared."""

    checked_how = ChipField("How did you compare the codes?", choices=HOW)


@page.get("/approvals")
@open_to(*APPROVERS)
def waiting() -> ResponseReturnValue:
    """List the devices that wait for someone like me."""
    return _show(ApprovalForm())


@page.post("/approvals/<uuid:enrolment_id>/approve")
@open_to(*APPROVERS, form=True)
def approve(enrolment_id: object) -> ResponseReturnValue:
    """Let a device in."""
    form = ApprovalForm()
    if form.validate_on_submit():
        try:
            devices.approve(actor(), str(enrolment_id), form.checked_how.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Approved. They can sign in on that device now.")
            return redirect("/approvals", 303)
    return _show(form, str(enrolment_id))


@page.post("/approvals/<uuid:enrolment_id>/refuse")
@open_to(*APPROVERS)
def refuse(enrolment_id: object) -> ResponseReturnValue:
    """Turn a device away."""
    devices.refuse(actor(), str(enrolment_id))
    flash("Refused. That device was not let in.")
    return redirect("/approvals", 303)


def _show(form: ApprovalForm, about: str = "") -> ResponseReturnValue:
    form.checked_how.id = f"how-{about}"
    found = devices.waiting(actor())
    page = render_template(
        "approvals/approvals.html", waiting=found, form=form, about=about, how=HOW
    )
    return page, form.status
