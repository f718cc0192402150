"""Deliveries: for administrators, how telling goes. Numbers and ids, never about whom."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from api.telling import outbox
from pwa.doors import open_to
from pwa.security import actor

page = Blueprint("deliveries", __name__)


@page.get("/deliveries")
@open_to("administrator")
def overview() -> ResponseReturnValue:
    """Show what waits, what was delivered, and what failed for good."""
    return render_template("deliveries/deliveries.html", found=outbox.deliveries(actor()))
