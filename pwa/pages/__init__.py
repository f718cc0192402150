"""The pages, a noun a file. A newcomer reads one handler, then its template, then the core function.

How a page is made:

- `pwa/pages/<noun>.py` holds a blueprint `page = Blueprint("<noun>", __name__)` with its handlers and
  their forms; add it to NOUNS below. Templates stand under `pwa/templates/<noun>/`, fragments with a
  leading underscore; pages extend `layout.html` (blocks: heading, content).
- Every route says who may come in, right below it: `@open_to(EVERYONE)`, or roles. An address without
  that is refused, and `tests/guards/test_doors.py` fails for it. What needs no session stands in
  `pwa.doors.PUBLIC`. `polling=True` is for what a page asks by itself (it must not keep a session
  alive), `form=True` for a POST whose handler shows a `pwa.forms.Form` (so that typing that outlived
  its session is put back into it), `@limited(...)` for what must not be tried too often.
- A handler is: validate the form, one call into `api` with `actor()` first, render. Errors of
  `api.errors` are left to rise: `pwa.problems` answers them. `Invalid` from the core belongs beside its
  field: `except Invalid as error: form.refuse(error)`, then show the form with `form.status`.
- A fragment is one `_file.html`, included by the page, and given to htmx where
  `pwa.problems.is_part()` says that a part is asked for.
- A change that needs a passkey raises ConfirmFirst by itself; nothing is to be done about it here.
- In templates: `me` (who is signed in, or None), `choices` (the authority's lists), `settings` (the
  authority's own), `csrf()`, `error_summary(form)`, `built(name)`, and the filters of
  `pwa.wording`: `ago`, `day`, `full`, `when`, `tel(name)`, `counted(one, many)`, `icon`. Addresses of the
  design are written as they are (`/children/{{ id }}`).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from flask import Flask, g

from api.telling import inbox as told  # the package itself gets an attribute `inbox`: the page
from pwa import security

NOUNS = (
    "house",
    "home",
    "notes",
    "caseload",
    "unsent",
    "envelopes",
    "people",
    "reveals",
    "asks",
    "relay",
    "search",
    "inbox",
    "demo",
    "notifications",
    "deliveries",
    "sessions",
    "enrolment",
    "approvals",
    "devices",
    "me",
    "undertakings",
    "agencies",
    "authority",
    "staff",
    "sources",
    "systems",
    "retention",
    "doubtful",
    "corrections",
    "requests",
    "sheets",
    "sharing",
    "audit",
    "emergencies",
    "breaches",
    "closings",
)


def open_all(app: Flask) -> None:
    """Register every page, and what all templates may use."""
    for noun in NOUNS:
        app.register_blueprint(import_module(f"pwa.pages.{noun}").page)
    app.context_processor(_for_templates)
    parts = app.jinja_env.get_template("parts/icons.html").module
    forms = app.jinja_env.get_template("parts/forms.html")
    # A filter of a constant: `{{ "phone" | icon }}` is done once, when its template is compiled.
    app.jinja_env.filters["icon"] = cache(parts.icon)  # type: ignore[attr-defined]
    app.jinja_env.globals["form_macros"] = forms
    app.jinja_env.globals["csrf_token"] = security.csrf_token
    app.jinja_env.globals["csrf"] = security.csrf_field
    for macro in ("error_summary", "carried"):
        app.jinja_env.globals[macro] = getattr(forms.module, macro)


def _for_templates() -> dict[str, Any]:
    authority = security.authority()
    return {
        "me": security.visitor(),
        "settings": authority.settings,
        "choices": authority.choices,
        "put_back": lambda: bool(g.get("put_back")),
        "demo_is_on": security.config().demo,
        "unread": _unread,
        "built": lambda name: f"/static/{security.built(name)}",
    }


def _unread() -> int:
    return told.unread(security.actor())
