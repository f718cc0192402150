"""Inbox: what I was told, newest first. Opening an item is asked for like everything else."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.telling import inbox
from pwa.doors import EVERYONE, open_to
from pwa.problems import is_part
from pwa.security import actor

page = Blueprint("inbox", __name__)

# Items that lead to a page of their own, and those that lead on from their sentence: where, and its name.
LEADS = {"glass reviewed": "/reviews", "breach overdue": "/breaches"}
NEXT = {"device": ("/devices", "My devices"), "released": ("/notes", "What I wrote")}


@page.get("/inbox")
@open_to(EVERYONE)
def items() -> ResponseReturnValue:
    """List what I was told."""
    found = inbox.list_items(actor(), before=request.args.get("before"))
    template = "inbox/_items.html" if is_part() else "inbox/inbox.html"
    return render_template(template, page=found)


@page.get("/inbox/unread")
@open_to(EVERYONE, polling=True)
def unread() -> ResponseReturnValue:
    """Give the number beside Inbox: asked for every minute, without keeping the session alive."""
    return render_template("parts/_unread.html")


@page.get("/inbox/<uuid:item_id>")
@open_to(EVERYONE)
def item(item_id: object) -> ResponseReturnValue:
    """Mark an item as read and go to what it is about; some say all in their one sentence."""
    opened = inbox.open_item(actor(), str(item_id))
    if opened.kind in LEADS:
        return redirect(LEADS[opened.kind], 303)
    if opened.correction:
        return redirect(f"/corrections/{opened.correction}", 303)
    if opened.request:
        return redirect(f"/requests/{opened.request}", 303)
    if opened.is_call:
        return redirect("/relay", 303)
    if opened.is_closed:
        return redirect("/closings", 303)
    if opened.system:
        return redirect(f"/systems/{opened.system}", 303)
    if opened.source:
        return redirect(f"/sources/{opened.source}", 303)
    if opened.person_id is None:
        return render_template("inbox/item.html", item=opened, next=NEXT.get(opened.kind))
    if opened.ask:
        return redirect(f"/children/{opened.person_id}/ask", 303)
    note = f"#note-{opened.note_id}" if opened.note_id else ""
    return redirect(f"/children/{opened.person_id}{note}", 303)
