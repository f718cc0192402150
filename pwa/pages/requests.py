"""Somebody asks for their record: taken down, checked, decided item by item, signed off, handed over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from api import moment
from api.errors import Invalid
from api.record import acts
from api.rights import checks, handling, items, requests, signing, together
from api.rights.items import Decision, Review
from api.rights.requests import NewRequest
from api.rights.together import Together
from pwa import typeset
from pwa.doors import WORKING, open_to
from pwa.fields import ChipField, ChipsField, DayField, ListField, TextField, WordsField, offered
from pwa.forms import Form
from pwa.pages.house import BUILT
from pwa.security import actor
from pwa.wording import counted

page = Blueprint("requests", __name__)

# Who may have to do with a request: whoever takes one, decides about it, or watches it.
CONCERNED = (*WORKING, "governance lead")


class TakeForm(Form):
    """What whoever takes a request writes down."""

    received_on = DayField("On which day was it received?")
    asker = ChipField("Who asks?", choices=requests.ASKERS)
    who = TextField("Their name, and who they are to the person")
    contact = TextField("How to reach them")
    wanted = WordsField("What they ask for, in their words (you can leave this empty)")


class CheckForm(Form):
    """What was found when something was checked."""

    answer = ChipField("What did you find?")
    words = WordsField("How you know: what you saw, and when")

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.answer.choices = offered(checks.CHECKS.get(kind, ()))


class WhyForm(Form):
    """Why it takes longer, as whoever asks was told."""

    why = WordsField("What did you tell them?")


class EndForm(Form):
    """How a request ends without a pack."""

    outcome = ChipField("How does it end?", choices=handling.ENDS)
    why = WordsField("Why, as you told whoever asks")


class DecideForm(Form):
    """What is decided of an item."""

    decision = ChipField("What do you do with it?", choices=items.DECISIONS)
    people = ChipsField("Names that stand in it: choose what to black out")
    passages = WordsField("Other words to black out, each on a line of its own")
    exemption = ListField("By which exemption?")
    reason = WordsField("Why? Do not repeat the words: a governance lead reads this")
    told = BooleanField("Tell the reader that something was held back, and by which exemption")

    def offer(self, review: Review) -> None:
        """Offer the exemptions that there are and the names that stand in the item."""
        self.exemption.choices = _exemptions(review)
        words = dict.fromkeys(word for one in review.named for word in one.words)
        self.people.choices = offered((word, word) for word in words)

    def fill(self, review: Review) -> None:
        """Show what was decided before."""
        was = review.decided
        names = {word for one in review.named for word in one.words}
        self.decision.data = was.decision
        self.exemption.data = was.exemption
        self.reason.data = was.reason
        self.told.data = was.told
        self.people.data = [one for one in was.passages if one in names]
        self.passages.data = "\n".join(one for one in was.passages if one not in names)

    @property
    def chosen(self) -> Decision:
        """Give what was typed, as the core takes it."""
        return Decision(
            decision=self.decision.data or "",
            exemption=self.exemption.data or "",
            reason=self.reason.data or "",
            passages=[*(self.people.data or ()), *(self.passages.data or "").splitlines()],
            told=bool(self.told.data),
        )


class TogetherForm(Form):
    """What is decided of several items at once."""

    which = ChipsField("Which ones?")
    decision = ChipField("What do you do with them?", choices=together.DECISIONS)
    exemption = ListField("If you hold them back: by which exemption?")
    reason = WordsField(
        "Why? A governance lead reads this (you can leave it empty if you give them)"
    )
    told = BooleanField("Tell the reader that something was held back, and by which exemption")

    @property
    def ids(self) -> list[str]:
        """Give the items that were ticked: one box may stand for all of a kind."""
        return list(dict.fromkeys(id for box in self.which.data or () for id in box.split()))

    @property
    def chosen(self) -> Decision:
        """Give what was typed, as the core takes it."""
        return Decision(
            decision=self.decision.data or "",
            exemption=self.exemption.data or "",
            reason=self.reason.data or "",
            told=bool(self.told.data),
        )


@page.route("/children/<uuid:person_id>/request", methods=["GET", "POST"])
@open_to(*WORKING, form=True)
def take(person_id: object) -> ResponseReturnValue:
    """Write down that somebody asks for this person's record."""
    form = TakeForm()
    if request.method == "GET":
        form.received_on.process(None, moment.day(actor().store.now()).isoformat())
    if form.validate_on_submit():
        new = NewRequest(
            received_on=form.received_on.data or "",
            asker=form.asker.data or "",
            who=form.who.data or "",
            contact=form.contact.data or "",
            wanted=form.wanted.data or "",
        )
        try:
            taken = requests.take(actor(), str(person_id), new)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Written down. The governance leads are told.", "done")
            return redirect(f"/requests/{taken}", 303)
    about = acts.of(actor(), str(person_id))
    return render_template("requests/take.html", form=form, acts=about), form.status


@page.get("/requests")
@open_to(*CONCERNED)
def mine() -> ResponseReturnValue:
    """List the requests that I took, watch or decide about."""
    return render_template("requests/mine.html", found=requests.mine(actor()))


@page.get("/requests/<uuid:request_id>")
@open_to(*CONCERNED)
def one(request_id: object) -> ResponseReturnValue:
    """Show a request: its clock, what was checked, its items and who signed them off."""
    found, parts = signing.parts(actor(), str(request_id))
    return render_template("requests/request.html", one=found, parts=parts)


@page.route("/requests/<uuid:request_id>/check/<kind>", methods=["GET", "POST"])
@open_to("governance lead", form=True)
def check(request_id: object, kind: str) -> ResponseReturnValue:
    """Write down what was found when something was checked."""
    form = CheckForm(kind)
    if form.validate_on_submit():
        try:
            handling.check(
                actor(), str(request_id), kind, form.answer.data or "", form.words.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Written down.", "done")
            return redirect(f"/requests/{request_id}", 303)
    found = handling.to_handle(actor(), str(request_id), kind)
    return render_template("requests/check.html", form=form, one=found, kind=kind), form.status


@page.route("/requests/<uuid:request_id>/extend", methods=["GET", "POST"])
@open_to("governance lead", form=True)
def extend(request_id: object) -> ResponseReturnValue:
    """Write down that whoever asks was told that it takes up to two months more."""
    form = WhyForm()
    if form.validate_on_submit():
        try:
            handling.extend(actor(), str(request_id), form.why.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Extended.", "done")
            return redirect(f"/requests/{request_id}", 303)
    found = handling.to_handle(actor(), str(request_id))
    return render_template("requests/extend.html", form=form, one=found), form.status


@page.route("/requests/<uuid:request_id>/end", methods=["GET", "POST"])
@open_to("governance lead", form=True)
def end(request_id: object) -> ResponseReturnValue:
    """End a request that is refused or was taken back."""
    form = EndForm()
    if form.validate_on_submit():
        try:
            handling.end(actor(), str(request_id), form.outcome.data or "", form.why.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Ended.", "done")
            return redirect(f"/requests/{request_id}", 303)
    found = handling.to_handle(actor(), str(request_id))
    return render_template("requests/end.html", form=form, one=found), form.status


@page.post("/requests/<uuid:request_id>/gather")
@open_to("governance lead")
def gather(request_id: object) -> ResponseReturnValue:
    """Put together what is held, for whoever decides about it."""
    items.gather(actor(), str(request_id))
    flash("Put together. Whoever decides about it is told.", "done")
    return redirect(f"/requests/{request_id}", 303)


@page.route("/requests/<uuid:request_id>/items/<uuid:item_id>", methods=["GET", "POST"])
@open_to(*CONCERNED, form=True)
def item(request_id: object, item_id: object) -> ResponseReturnValue:
    """Decide about an item, after seeing it as the reader will."""
    form = DecideForm()
    where = str(request_id), str(item_id)
    review = items.review(actor(), *where)
    form.offer(review)
    if form.validate_on_submit():
        try:
            if "try" in request.form:
                review = items.review(actor(), *where, form.chosen)
            else:
                following = items.decide(actor(), *where, form.chosen)
                flash("Decided.", "done")
                onward = f"/items/{following}" if following else ""
                return redirect(f"/requests/{request_id}{onward}", 303)
        except Invalid as error:
            form.refuse(error)
    elif request.method == "GET":
        form.fill(review)
    html = render_template(
        "requests/item.html", form=form, review=review, tried="try" in request.form
    )
    return html, form.status


@page.route("/requests/<uuid:request_id>/together", methods=["GET", "POST"])
@open_to(*CONCERNED, form=True)
def several(request_id: object) -> ResponseReturnValue:
    """Decide the same about several items that are about nobody but the person themself."""
    form = TogetherForm()
    if form.validate_on_submit():
        try:
            number = together.decide(actor(), str(request_id), form.ids, form.chosen)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"Decided: {counted(number, 'item')}.", "done")
            return redirect(f"/requests/{request_id}", 303)
    found = together.look(actor(), str(request_id))
    form.exemption.choices = _exemptions(found)
    return render_template("requests/together.html", form=form, found=found), form.status


@page.get("/requests/<uuid:request_id>/<part>/pack")
@open_to(*CONCERNED)
def pack(request_id: object, part: str) -> ResponseReturnValue:
    """Show a pack as its reader will see it."""
    found = signing.read(actor(), str(request_id), part)
    return render_template("requests/pack.html", found=found, request_id=request_id, part=part)


@page.post("/requests/<uuid:request_id>/<part>/sign")
@open_to(*CONCERNED)
def sign(request_id: object, part: str) -> ResponseReturnValue:
    """Sign a part off."""
    signing.sign(actor(), str(request_id), part, request.form.get("version", ""))
    flash("Signed off.", "done")
    return redirect(f"/requests/{request_id}", 303)


@page.post("/requests/<uuid:request_id>/<part>/copy")
@open_to(*CONCERNED)
def copy(request_id: object, part: str) -> ResponseReturnValue:
    """Give the copy that is handed over, for people or for machines. Its name names nobody."""
    found = signing.hand_over(actor(), str(request_id), part)
    if request.form.get("as") == "json":
        return _file(found.as_json().encode(), "application/json", "copy.json")
    return _file(typeset.pdf(found, BUILT), "application/pdf", "copy.pdf")


def _exemptions(found: Review | Together) -> list[Any]:
    choices = [(one.code, f"{one.label} ({one.law})") for one in found.exemptions]
    return offered([("", "Choose an exemption"), *choices])


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
