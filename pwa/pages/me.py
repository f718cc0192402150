"""Me: who I am here, what my role opens, and who covers for me."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.record import notes
from api.staff import covers, practitioners
from pwa.doors import EVERYONE, open_to
from pwa.fields import DayField, ListField, offered
from pwa.forms import Form
from pwa.problems import is_part
from pwa.security import actor

page = Blueprint("me", __name__)


class CoverForm(Form):
    """Who covers for me, and when. The last day counts: the core wants the day after it."""

    covering_id = ListField("Who covers for me")
    starts_on = DayField("First day")
    ends_on = DayField("Last day")

    def __init__(self) -> None:
        super().__init__()
        found = practitioners.colleagues(actor())
        self.covering_id.choices = offered(
            [
                ("", "Choose a colleague"),
                *((one.id, f"{one.name}, {one.job}") for one in found),
            ]
        )

    @property
    def days(self) -> tuple[str, str]:
        """Give the days half-open, as the core takes them."""
        last = self.ends_on.data
        day = min(date.fromisoformat(last), date.max - timedelta(days=1)) if last else None
        after = (day + timedelta(days=1)).isoformat() if day else ""
        return self.starts_on.data or "", after


@page.get("/me")
@open_to(EVERYONE)
def me() -> ResponseReturnValue:
    """Show who I am here, and what is mine to arrange."""
    return _show(CoverForm())


@page.get("/notes")
@open_to(EVERYONE)
def written() -> ResponseReturnValue:
    """List what I wrote, and what became of it."""
    found = notes.written(actor(), before=request.args.get("before", ""))
    return render_template("me/_written.html" if is_part() else "me/written.html", page=found)


@page.post("/me/covers")
@open_to(EVERYONE, form=True)
def add_cover() -> ResponseReturnValue:
    """Have a colleague cover for me."""
    form = CoverForm()
    if form.validate_on_submit():
        try:
            covers.add(actor(), actor().id, form.covering_id.data or "", *form.days)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Arranged. They see the children you support on those days.")
            return redirect("/me", 303)
    return _show(form)


@page.post("/me/covers/<uuid:cover_id>/end")
@open_to(EVERYONE)
def end_cover(cover_id: object) -> ResponseReturnValue:
    """End a cover, for me or by me, at once."""
    covers.end(actor(), str(cover_id))
    flash("Ended. Nobody covers any more.")
    return redirect("/me", 303)


def _show(form: CoverForm) -> ResponseReturnValue:
    html = render_template(
        "me/me.html",
        practitioner=practitioners.me(actor()),
        covers=covers.mine(actor()),
        form=form,
    )
    return html, form.status
