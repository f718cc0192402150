"""Log, and everything that happens to a note afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, ValidationError

from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import search
from api.facts.search import Found, Query
from api.moment import new_id
from api.record import filings, notes, people
from api.record.briefs import Brief
from api.record.envelopes import Fields, Typed
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.record.reading import Note
from api.record.unsent import Unsent
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.fields import ChipField, ChipsField, DayField, TextField, WordsField
from pwa.forms import Form
from pwa.problems import is_part
from pwa.security import actor, authority

page = Blueprint("notes", __name__)

RECENT = 8
NOBODY_FOUND = "new"

KINDS = [(kind, kind.capitalize()) for kind in notes.KINDS]
CONTACTS = [(kind, kind.capitalize()) for kind in notes.CONTACTS]
SEEN = [("seen", "Seen"), ("seen alone", "Seen alone"), ("not seen", "Not seen")]
WORRIED = [("", "Not saying"), *((str(n), str(n)) for n in range(11))]


class WordsForm(Form):
    """What a note says: the same for a new note and for a correction."""

    kind = ChipField("What is it?", choices=KINDS, default="worry")
    contact = ChipField("What kind of contact?", choices=CONTACTS)
    child_seen = ChipField("Was the child seen?", choices=SEEN)
    saw = WordsField("What I saw or heard")
    thinks = WordsField("What I think or feel")
    happened_on = DayField("When it happened")
    happened_time = TextField("Time")
    whose = TextField("Whose words these are")
    worried = ChipField("How worried I am, from 0 to 10", choices=WORRIED, default="")

    def said(self) -> dict[str, Any]:
        """Give what was typed, as the core takes it."""
        worried = self.worried.data or ""
        return {
            "kind": self.kind.data or "worry",
            "saw": self.saw.data or "",
            "thinks": self.thinks.data or "",
            "whose": self.whose.data or "",
            "worried": int(worried) if re.fullmatch("[0-9]{1,4}", worried) else None,
            "contact": self.contact.data or None,
            "child_seen": self.child_seen.data or None,
            "happened_on": self.happened_on.data,
            "happened_time": read_time(self.happened_time.data or ""),
        }


class LogForm(WordsForm):
    """A new note. Whom it is about: people of mine, and somebody else by name."""

    id = HiddenField(default=new_id)
    people = ChipsField("Who is it about?", choices=[])
    # In words, where nobody can be chosen: without signal.
    who = TextField("Who is it about?")
    # Sent along where those words stood above a choice of people: whom they mean has been chosen.
    matched = HiddenField()
    someone_else = BooleanField("Someone else")
    found = ChipField("Who did you mean?", choices=[])
    looked = HiddenField()
    first = TextField("First name")
    last = TextField("Last name")
    born_on = DayField("Date of birth")
    age = TextField("Or roughly how old")
    school = TextField("School, nursery or where you know them from")
    categories = ChipsField("What it is about")
    audience = ChipsField("Only these may see it")
    voice = ChipField("Who may know that you wrote this?")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        lists = authority().choices
        self.categories.choices = list(lists.categories)
        self.audience.choices = list(lists.agency_kinds)

    def note(self) -> NewNote:
        """Give the note that was typed."""
        described = [self.age.data and f"about {self.age.data}", self.school.data]
        return NewNote(
            id=self.id.data or "",
            people=self.people.data or (),
            described=", ".join(filter(None, described)) if self.someone_else.data else "",
            categories=self.categories.data or (),
            audience=self.audience.data or (),
            voice=self.voice.data or "",
            **self.said(),
        )

    def settle(self) -> None:
        """Count who was found among those chosen; what is left of someone else is somebody new."""
        if self.looked.data and self.found.data not in ("", NOBODY_FOUND):
            self.people.data = [*(self.people.data or ()), self.found.data]
            self.someone_else.data = False
        elif self.people.data and not self._says_who:
            self.someone_else.data = False  # opened, and left empty

    @property
    def _says_who(self) -> bool:
        typed = (
            self.first.data,
            self.last.data,
            *self.born_on.boxes,
            self.age.data,
            self.school.data,
        )
        return any(typed)

    @property
    def is_undecided(self) -> bool:
        """Whether some were found, and it was not said who of them is meant."""
        return bool(self.someone_else.data and self.looked.data and not self.found.data)

    def someone(self) -> NewPerson | None:
        """Give who was named and not found."""
        if not self.someone_else.data:
            return None
        return NewPerson(self.first.data or "", self.last.data or "", self.born_on.data or None)

    def query(self) -> Query:
        """Give what to look for."""
        first, last, born = self.first.data or "", self.last.data or "", self.born_on.data
        return Query(first=first, last=last, born_on=born or None)

    def validate_found(self, _field: object) -> None:
        """Ask for a choice where some were found."""
        if self.is_undecided:
            raise ValidationError("Choose one of those found, or say that it is none of them.")


def read_note(fields: Fields) -> Typed:
    """Read the fields of a note that came sealed. Raises Invalid for what its author must mend."""
    form = LogForm(formdata=MultiDict(fields), meta={"csrf": False})
    form.settle()
    if not form.validate():
        raise Invalid(next(str(error) for errors in form.errors.values() for error in errors))
    who = "" if form.matched.data else form.who.data or ""
    return Typed(form.note(), form.someone(), bool(form.looked.data), who)


class ReasonForm(Form):
    """Why a note is taken back."""

    reason = WordsField("Why")


class ReplyForm(Form):
    """An answer to a note."""

    text = WordsField("Your reply")
    differs = BooleanField("I see it differently")


@page.route("/log", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def log() -> ResponseReturnValue:
    """Take a note: who, what, Send."""
    form = LogForm()
    if request.method == "GET":
        form.people.data = request.args.getlist("about")
    form.settle()
    if form.validate_on_submit():
        try:
            logged = notes.log(actor(), form.note(), form.someone())
        except Invalid as error:
            form.refuse(error)
        except NotFound:
            form.refuse(Invalid("Somebody you chose cannot be found here. Choose again.", "people"))
        else:
            template = "notes/_sent.html" if is_part() else "notes/sent.html"
            return render_template(template, logged=logged, typed=typed(form, logged))
    return log_page(form, look_for(form) if form.is_undecided else None)


@page.get("/offline/log")
def shell() -> Response:
    """Give Log for when there is no signal, or no session: the same for everyone, about nobody.

    Devices keep this page; what is typed in it is sealed there (static/src/compose.js).
    """
    return Response(render_shell(), headers={"Cache-Control": "no-cache"})


@page.post("/log/find")
@open_to(*WORKING, form=True)
def find() -> ResponseReturnValue:
    """Look for someone else, among everyone, without losing what was typed."""
    form = LogForm()
    return log_page(form, look_for(form))


@page.post("/notes/<uuid:note_id>/undo")
@open_to(EVERYONE)
def undo(note_id: object) -> ResponseReturnValue:
    """Take a note back within ten seconds, and show what was typed again."""
    form = LogForm()
    try:
        for one in request.form.getlist("sent") or [str(note_id)]:
            notes.undo(actor(), one)
    except Conflict as error:
        flash(error.sentence, "warn")
        if is_part():  # a part would neither have a heading nor say so
            return Response(headers={"HX-Redirect": f"/notes/{note_id}"})
        return redirect(f"/notes/{note_id}", 303)
    form.id.data = new_id()
    return log_page(form, undone=True)


@page.get("/notes/<uuid:note_id>")
@open_to(EVERYONE)
def note(note_id: object) -> ResponseReturnValue:
    """Show one note with its words."""
    return note_page(notes.read(actor(), str(note_id)), ReplyForm(formdata=None))


@page.post("/notes/<uuid:note_id>/noticed-too")
@open_to(*WORKING)
def notice(note_id: object) -> ResponseReturnValue:
    """Say: I have noticed this as well."""
    notes.mark(actor(), str(note_id), "noticed too")
    return to_note(note_id)


@page.post("/notes/<uuid:note_id>/acted-on")
@open_to(*WORKING)
def act(note_id: object) -> ResponseReturnValue:
    """Say: something was done about this."""
    notes.mark(actor(), str(note_id), "acted on")
    return to_note(note_id)


@page.post("/notes/<uuid:note_id>/file")
@open_to(*WORKING)
def file(note_id: object) -> ResponseReturnValue:
    """File a note into a system of my own agency."""
    revision = request.form.get("revision", "")
    seen = int(revision) if re.fullmatch("[0-9]{1,6}", revision) else 0
    filings.file(actor(), str(note_id), request.form.get("system", ""), seen)
    return to_note(note_id)


@page.post("/notes/<uuid:note_id>/replies")
@open_to(*WORKING, form=True)
def reply(note_id: object) -> ResponseReturnValue:
    """Answer a note; what sees it differently stands beside it."""
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            notes.reply(actor(), str(note_id), form.text.data or "", bool(form.differs.data))
        except Invalid as error:
            form.refuse(error)
        else:
            return to_note(note_id)
    return note_page(notes.read(actor(), str(note_id)), form)


@page.route("/notes/<uuid:note_id>/revise", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def revise(note_id: object) -> ResponseReturnValue:
    """Correct a note of mine: the new text stands first, the old one stays."""
    held = open_for(note_id, "revise")
    form = WordsForm(data=words_of(held))
    if form.validate_on_submit():
        about = [subject.id for subject in held.people]
        new = NewNote(id=held.id, people=about, **{**form.said(), "kind": held.kind})
        try:
            notes.revise(actor(), held.id, new)
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(f"/notes/{held.id}", 303)
    return render_template("notes/revise.html", form=form, note=held), form.status


@page.route("/notes/<uuid:note_id>/withdraw", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def withdraw(note_id: object) -> ResponseReturnValue:
    """Take back a note of mine, with a reason."""
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            notes.withdraw(actor(), str(note_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(f"/notes/{note_id}", 303)
    held = open_for(note_id, "withdraw")
    return render_template("notes/withdraw.html", form=form, note=held), form.status


@page.route("/notes/<uuid:note_id>/wrong-person", methods=["GET", "POST"])
@open_to(EVERYONE, form=True)
def wrong_person(note_id: object) -> ResponseReturnValue:
    """Say that a note is about the wrong person: a breach, dealt with as one."""
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            notes.wrong_person(actor(), str(note_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The note is hidden. Those who had read it are told.", "done")
            return redirect("/", 303)
    held = open_for(note_id, "wrong person")
    return render_template("notes/wrong_person.html", form=form, note=held), form.status


@page.route("/staff-concern", methods=["GET", "POST"])
@open_to(EVERYONE)
def staff_concern() -> ResponseReturnValue:
    """Say whom to tell about a member of staff; nothing of it is kept here."""
    text = "\n\n".join(filter(None, (request.form.get("saw"), request.form.get("thinks"))))
    return render_template(
        "notes/staff_concern.html", text=text, about=request.form.getlist("people")
    )


def render_shell() -> str:
    """Render Log without a session, whoever asks for it."""
    g.actor = None
    form = LogForm(formdata=None, meta={"csrf": False})
    form.id.data = ""  # each note's own, made where it is written
    return render_template("notes/shell.html", form=form)


def look_for(form: LogForm) -> Found | None:
    """Look for someone else; what cannot be looked for is said beside its field."""
    try:
        return search.find(actor(), form.query())
    except Invalid as error:
        form.refuse(error)
        return None


def log_page(
    form: LogForm,
    found: Found | None = None,
    undone: bool = False,
    unsent: Unsent | None = None,
) -> ResponseReturnValue:
    """Show the form with the people to choose from: those chosen, then the most recent of mine."""
    form.voice.choices = [
        *([("own service", f"Only {actor().agency}")] if actor().sensitive else []),
        ("named", "Everyone who supports this child, by my name"),
        ("relay", "Everyone, through the relay, without my name"),
    ]
    if not form.voice.data:
        form.voice.data = "own service" if actor().sensitive else "named"
    mine = people.choices(actor())
    chosen = chosen_people(form.people.data or (), mine)
    form.people.data = [brief.id for brief in chosen]
    rest = [brief for brief in mine if brief not in chosen]
    here = max(0, RECENT - len(chosen))
    template = "notes/_log.html" if is_part() else "notes/log.html"
    shown = render_template(
        template,
        form=form,
        near=chosen + rest[:here],
        far=rest[here:],
        found=found,
        may_search=actor().has(*WORKING),
        undone=undone,
        unsent=unsent,
    )
    return shown, form.status


def chosen_people(ids: Sequence[str], mine: Sequence[Brief]) -> list[Brief]:
    """Give those who were chosen: mine, and others that this actor may write about."""
    known = {brief.id: brief for brief in mine}
    chosen = []
    for id in dict.fromkeys(ids):
        try:
            chosen.append(known.get(id) or people.brief(actor(), id))
        except NotFound:
            continue
    return chosen


def note_page(held: Note, form: ReplyForm) -> ResponseReturnValue:
    """Show a note, as a page or as a part of one."""
    form.text.id = f"text-{held.id}"  # several notes may stand open on one page
    template = "notes/_note.html" if is_part() else "notes/note.html"
    return render_template(template, note=held, form=form, opened=True), form.status


def open_for(note_id: object, act: str) -> Note:
    """Give a note for doing something with it that this actor may do."""
    held = notes.read(actor(), str(note_id))
    if act not in held.may:
        raise NotAllowed("This cannot be done with this note, or not by you.")
    return held


def to_note(note_id: object) -> ResponseReturnValue:
    """Show a note again after something was done with it."""
    if is_part():
        return note(note_id)
    return redirect(f"/notes/{note_id}", 303)


def typed(form: LogForm, logged: notes.Logged) -> list[tuple[str, str]]:
    """Give what was sent, to be put back into the form by Undo: somebody new as they were typed,
    since they are taken back as well; somebody who was found as one of those chosen."""
    dropped = {"csrf_token", "id", "found", "looked"}
    chosen: list[tuple[str, str]] = []
    if form.someone() is None:
        dropped |= {"people", "someone_else"}
        chosen = [("people", subject.id) for subject in logged.people]
    kept = [(k, v) for k, v in request.form.items(multi=True) if k not in dropped and v]
    return kept + chosen


def words_of(held: Note) -> dict[str, Any]:
    """Give what a note says now, for correcting it."""
    now = held.now
    return {
        "kind": held.kind,
        "saw": now.saw,
        "thinks": now.thinks,
        "whose": now.whose,
        "worried": "" if now.worried is None else str(now.worried),
        "contact": now.contact,
        "child_seen": now.child_seen,
        "happened_on": now.happened_on,
        "happened_time": now.happened_time or "",
    }


def read_time(text: str) -> str | None:
    """Read a time of day as people write it ("2.30pm", "1430", "14:30"); what is none stays as it
    is, for the core to refuse."""
    text = text.strip().lower()
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})[:.]?(\d{2})?\s*(am|pm)?", text)
    if not found:
        return text
    hour, minute, half = int(found[1]), found[2] or "00", found[3]
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02}:{minute}"
