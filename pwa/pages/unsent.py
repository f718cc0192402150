"""Unsent: what was written and is not on a record yet, and what its author can do about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api import moment
from api.errors import Invalid
from api.moment import new_id
from api.record import people, unsent
from api.record.unsent import Unsent
from pwa.doors import EVERYONE, open_to
from pwa.pages.notes import LogForm, chosen_people, log_page, read_note
from pwa.security import actor

page = Blueprint("unsent", __name__)

# What came whole, and waits only because of the device that it came from.
ON_HOLD = ("revoked device", "not confirmed")

# So many names beyond one's own are looked up for a list: whoever has a lost device could name thousands.
NAMES = 100


@dataclass(frozen=True)
class Entry:
    """Something that waits, with what its fields say."""

    held: Unsent
    who: str
    about: str
    kind: str
    saw: str
    thinks: str

    @property
    def is_ready(self) -> bool:
        """Whether it can go onto the record as it is, in its author's name."""
        return self.held.reason in ON_HOLD and not self.held.author_left


@page.get("/unsent")
@open_to(EVERYONE)
def waiting() -> ResponseReturnValue:
    """List what waits: on this device, for me, and for me as a supervisor."""
    entries = read(unsent.waiting(actor()))
    mine = [entry for entry in entries if entry.held.mine]
    return render_template(
        "unsent/unsent.html",
        to_match=[entry for entry in mine if entry.held.reason == "to match"],
        drafts=[entry for entry in mine if entry.held.reason == "draft"],
        on_hold=[entry for entry in mine if entry.held.reason not in ("to match", "draft")],
        theirs=[entry for entry in entries if not entry.held.mine],
        supervises=actor().has("supervisor"),
    )


@page.get("/unsent/<uuid:note_id>")
@open_to(EVERYONE)
def one(note_id: object) -> ResponseReturnValue:
    """Show the form as I left it, to be finished and sent under the same id."""
    held = unsent.read(actor(), actor().id, str(note_id))
    form = form_of(held)
    form.id.data = held.id
    return log_page(form, unsent=held)


@page.post("/unsent/<uuid:note_id>/send")
@open_to(EVERYONE)
def send(note_id: object) -> ResponseReturnValue:
    """Send what waited because of the device that it came from."""
    try:
        state = unsent.release(actor(), actor().id, str(note_id), read_note)
    except Invalid as error:
        flash(error.sentence, "warn")
        state = ""
    if state != "sent":
        return redirect(f"/unsent/{note_id}", 303)
    flash("Sent. It is on the record.")
    return redirect("/unsent", 303)


@page.get("/unsent/<uuid:note_id>/discard")
@open_to(EVERYONE)
def ask_discard(note_id: object) -> ResponseReturnValue:
    """Ask before words are destroyed."""
    return asked(actor().id, note_id)


@page.post("/unsent/<uuid:note_id>/discard")
@open_to(EVERYONE)
def discard(note_id: object) -> ResponseReturnValue:
    """Destroy what I wrote and did not send."""
    unsent.discard(actor(), actor().id, str(note_id))
    flash("Discarded. Nobody was told.")
    return redirect("/unsent", 303)


# --- From my team ------------------------------------------------------------------------------------


@page.get("/unsent/<uuid:author_id>/<uuid:note_id>")
@open_to("supervisor")
def log_theirs(author_id: object, note_id: object) -> ResponseReturnValue:
    """Show what somebody wrote who has left, to be logged as mine in their words."""
    held = unsent.read(actor(), str(author_id), str(note_id))
    form = form_of(held)
    form.id.data = new_id()
    form.whose.data = form.whose.data or held.author
    return log_page(form, unsent=held)


@page.post("/unsent/<uuid:author_id>/<uuid:note_id>/release")
@open_to("supervisor")
def release(author_id: object, note_id: object) -> ResponseReturnValue:
    """Let in what one of my team wrote on a device that was shut out."""
    try:
        state = unsent.release(actor(), str(author_id), str(note_id), read_note)
    except Invalid as error:
        flash(f"It cannot be released as it is. {error.sentence}", "warn")
    else:
        flash(
            "Released. It is on the record in its author's name."
            if state == "sent"
            else "Released. Its author is asked whom it is about, then it goes onto the record."
        )
    return redirect("/unsent", 303)


@page.get("/unsent/<uuid:author_id>/<uuid:note_id>/refuse")
@open_to("supervisor")
def ask_refuse(author_id: object, note_id: object) -> ResponseReturnValue:
    """Ask before somebody else's words are destroyed."""
    return asked(author_id, note_id)


@page.post("/unsent/<uuid:author_id>/<uuid:note_id>/refuse")
@open_to("supervisor")
def refuse(author_id: object, note_id: object) -> ResponseReturnValue:
    """Destroy what came from a device that was shut out, or from who has left."""
    unsent.discard(actor(), str(author_id), str(note_id))
    flash("Refused. Its words are destroyed.")
    return redirect("/unsent", 303)


def asked(author_id: object, note_id: object) -> ResponseReturnValue:
    """Show what would be destroyed, and ask."""
    (entry,) = read([unsent.read(actor(), str(author_id), str(note_id))])
    return render_template("unsent/discard.html", entry=entry)


def form_of(held: Unsent) -> LogForm:
    """Fill the form with what was typed; where nobody was chosen, somebody else can be named."""
    form = LogForm(formdata=MultiDict(held.fields), meta={"csrf": False})
    form.settle()
    if not form.people.data:
        form.someone_else.data = True
    written_on = moment.day(held.captured_at)
    if not any(form.happened_on.boxes) and written_on != moment.day(actor().store.now()):
        form.happened_on.process(None, written_on.isoformat())
    return form


def read(found: list[Unsent]) -> list[Entry]:
    """Read the fields of what waits; the names of those chosen, as far as I may know them."""
    fields = [MultiDict(held.fields) for held in found]
    chosen = list(dict.fromkeys(id for said in fields for id in said.getlist("people")))
    mine = people.choices(actor()) if chosen else []
    own = {brief.id: brief.name for brief in mine}
    others = [id for id in chosen if id not in own][:NAMES]
    named = own | {id: brief.name for id in others for brief in chosen_people([id], ())}
    entries = []
    for held, said in zip(found, fields, strict=True):
        names = [named[id] for id in dict.fromkeys(said.getlist("people")) if id in named]
        typed = f"{said.get('first', '')} {said.get('last', '')}".strip()
        entries.append(
            Entry(
                held,
                who=said.get("who", ""),
                about=", ".join([*names, typed] if typed else names),
                kind=said.get("kind", ""),
                saw=said.get("saw", ""),
                thinks=said.get("thinks", ""),
            )
        )
    return entries
