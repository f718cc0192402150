"""A child's page: who to ring, then what has been going on. And the ways to come closer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.access import Sight
from api.errors import Invalid, NotFound
from api.record import acts, involvements, linked, notes, people, services, timeline
from api.record.people import Child
from pwa.doors import EVERYONE, WORKING, open_to
from pwa.fields import ChipField, TextField, WordsField
from pwa.forms import Form
from pwa.problems import is_part
from pwa.security import actor, authority

page = Blueprint("people", __name__)

# What can be done with a line of who supports a person, by the last part of its address.
LINE_ACTS = {
    "accept": involvements.accept,
    "decline": involvements.decline,
    "lead": involvements.make_lead,
    "confirm": involvements.confirm,
    "end": involvements.end,
}


class PurposeForm(Form):
    """Why somebody outside the circle looks."""

    purpose = ChipField("Why do you need to see who supports this person?")
    words = TextField("In a few words, if you like")

    def __init__(self) -> None:
        super().__init__()
        self.purpose.choices = list(authority().choices.purposes)


class TakeOnForm(Form):
    """Why duty takes a person on."""

    reason = WordsField("Why do you take them on?")


class JoinForm(Form):
    """What somebody who asks to join does for the person."""

    role = TextField("What do you do for this person?")


@page.get("/children/<uuid:person_id>")
@open_to(EVERYONE)
def child(person_id: object) -> ResponseReturnValue:
    """Show a person as far as this actor may see: the circle, or the way to a closer look."""
    return child_page(people.look(actor(), str(person_id)))


@page.get("/children/<uuid:person_id>/notes")
@open_to(EVERYONE)
def more_notes(person_id: object) -> ResponseReturnValue:
    """Show the next notes about a person."""
    found = notes.about(actor(), str(person_id), request.args.get("before", ""))
    template = "people/_notes.html" if is_part() else "people/notes.html"
    return render_template(template, page=found, person_id=str(person_id))


@page.get("/children/<uuid:person_id>/timeline")
@open_to(EVERYONE)
def timeline_of(person_id: object) -> ResponseReturnValue:
    """Show what happened around a person, by date."""
    found = timeline.of(actor(), str(person_id), request.args.get("before"))
    template = "people/_entries.html" if is_part() else "people/timeline.html"
    return render_template(template, timeline=found)


@page.get("/children/<uuid:person_id>/services")
@open_to(*WORKING)
def services_of(person_id: object) -> ResponseReturnValue:
    """Show what each service says of a person."""
    return render_template("people/services.html", child=services.of(actor(), str(person_id)))


@page.get("/children/<uuid:person_id>/linked")
@open_to(*WORKING)
def linked_to(person_id: object) -> ResponseReturnValue:
    """Show whom a person is linked to, by family and by address."""
    return render_template("people/linked.html", child=linked.of(actor(), str(person_id)))


@page.get("/children/<uuid:person_id>/more")
@open_to(EVERYONE)
def more(person_id: object) -> ResponseReturnValue:
    """Show what else may be done about a person: each act has a page of its own."""
    return render_template("people/more.html", acts=acts.of(actor(), str(person_id)))


@page.post("/children/<uuid:person_id>/purpose")
@open_to(*WORKING, form=True)
def purpose(person_id: object) -> ResponseReturnValue:
    """Take the purpose for which somebody outside the circle looks."""
    form = PurposeForm()
    if form.validate_on_submit():
        try:
            people.give_purpose(
                actor(), str(person_id), form.purpose.data or "", form.words.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(f"/children/{person_id}", 303)
    return child_page(people.look(actor(), str(person_id)), form)


@page.route("/children/<uuid:person_id>/take-on", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def take_on(person_id: object) -> ResponseReturnValue:
    """Let a duty team member take a person on."""
    form = TakeOnForm()
    if form.validate_on_submit():
        try:
            people.take_on(actor(), str(person_id), form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Taken on for 72 hours. The lead and your supervisor are told.", "done")
            return redirect(f"/children/{person_id}", 303)
    about = people.to_take_on(actor(), str(person_id))
    return render_template("people/take_on.html", form=form, brief=about), form.status


@page.route("/children/<uuid:person_id>/join", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def join(person_id: object) -> ResponseReturnValue:
    """Let somebody say "I am working with this child"."""
    form = JoinForm()
    if form.validate_on_submit():
        try:
            involvements.ask(actor(), str(person_id), form.role.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Asked. The lead, or a supervisor, lets you in.", "done")
            return redirect(f"/children/{person_id}", 303)
    about = people.brief(actor(), str(person_id))
    return render_template("people/join.html", form=form, brief=about), form.status


@page.get("/children/<uuid:person_id>/supporters/<uuid:line_id>")
@open_to(*WORKING)
def supporter(person_id: object, line_id: object) -> ResponseReturnValue:
    """Show one line of who supports a person, and what may be done with it."""
    found = people.look(actor(), str(person_id))
    acts = acts_on_lines(found).get(str(line_id), [])
    line = next((line for line in found.circle if line.id == str(line_id)), None)
    if line is None:
        raise NotFound("There is no such line here.")
    return render_template("people/supporter.html", child=found, line=line, acts=acts)


@page.post("/children/<uuid:person_id>/supporters/<uuid:line_id>/<act>")
@open_to(*WORKING)
def change_line(person_id: object, line_id: object, act: str) -> ResponseReturnValue:
    """Accept or decline who asks to join, make someone the lead, confirm or end a line."""
    if act not in LINE_ACTS:
        raise NotFound("There is no such page.")
    LINE_ACTS[act](actor(), str(line_id))
    return redirect(f"/children/{person_id}#circle", 303)


@page.get("/universal")
@open_to(*WORKING)
def universal() -> ResponseReturnValue:
    """List whom my agency supports as it supports every child."""
    number = request.args.get("page", "1")
    if not number.isascii() or not number.isdigit() or len(number) > 5:
        raise NotFound("There is no such page of this list.")
    letters = request.args.get("name", "").strip()[:100]
    found = people.universal(actor(), int(number), letters)
    template = "people/_universal.html" if is_part() else "people/universal.html"
    return render_template(template, found=found, letters=letters)


def child_page(child: Child, form: PurposeForm | None = None) -> ResponseReturnValue:
    """Show a person's page; who must say first why they look gets a form for it."""
    if form is None and "give purpose" in child.may:
        form = PurposeForm()
    can = acts_on_lines(child)
    page = render_template("people/child.html", child=child, form=form, can=can)
    return page, form.status if form else 200


def acts_on_lines(child: Child) -> dict[str, list[tuple[str, str]]]:
    """Give what this actor may do with each line, as (act, label)."""
    me = actor()
    found = {}
    for line in child.circle:
        acts = []
        if line.revealed:  # its own service's still
            continue
        near = child.sight is Sight.CIRCLE and child.reason != "broken glass"
        if near and not line.hidden and not me.sensitive:
            acts.append(("confirm", "Yes, as of today"))
        if "lead" in child.may and line.active and line.joined and not (line.lead or line.sealed):
            acts.append(("lead", "Make lead"))
        ends = "lead" if line.lead else "accept"
        if line.active and (ends in child.may or line.practitioner_id == me.id):
            acts.append(("end", "Ended today"))
        if acts:
            found[line.id] = acts
    return found
