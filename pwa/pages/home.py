"""Home: what changed about my children, and the way to Log."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from api import moment
from api.record import notes, people, unsent
from api.staff import devices
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.pages.approvals import APPROVERS
from pwa.security import actor

page = Blueprint("home", __name__)


@page.get("/")
@open_to(EVERYONE)
def home() -> ResponseReturnValue:
    """Show my children, and whose news there is."""
    me = actor()
    return render_template(
        "home/home.html",
        greeting=greeting(me.store.clock().astimezone(moment.LONDON).hour),
        children=people.mine(me),
        latest=notes.latest(me),
        unsent=unsent.count(me),
        waiting_devices=len(devices.waiting(me)) if me.has(*APPROVERS) else 0,
        works=me.has(*WORKING),
        universal=people.universal(me).total,
    )


def greeting(hour: int) -> str:
    """Say good morning, as the clock has it."""
    if hour < 12:
        return "Good morning"
    return "Good afternoon" if hour < 18 else "Good evening"
