"""Who may come to which address. Closed unless listed: an address without a rule here is refused.

An endpoint either stands on the short PUBLIC list below, or says beside its route who may come:

    @page.get("/approvals")
    @open_to("supervisor", "approver", "administrator")
    def approvals() -> ResponseReturnValue: ...

This is the outer door only. What someone may see behind it is decided in `api.access`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from api.trust.actor import Actor

View = TypeVar("View", bound=Callable[..., object])

EVERYONE = "everyone"  # whoever is signed in
WORKING = ("practitioner", "supervisor", "safeguarding lead")  # who work with families

# What can be reached without a session. Nothing here may show anything about a person.
PUBLIC = frozenset(
    {
        "house.static",
        "house.alive",
        "house.ready",
        "house.manifest",
        "house.service_worker",
        "house.offline",
        "notes.shell",
        "demo.choose",
        "demo.sign_in",
        "sessions.sign_in",
        "sessions.begin_sign_in",
        "sessions.finish_sign_in",
        "sessions.waiting",
        "sessions.waiting_state",
        "sessions.follow_invitation",
        "enrolment.invitation",
        "enrolment.begin",
        "enrolment.finish",
        "envelopes.deliver",
        "api.document",
    }
)

# Where who has just signed in may go before they have undertaken to use Inkling rightly.
BEFORE_UNDERTAKING = frozenset(
    {
        "undertakings.undertake",
        "undertakings.own_family",
        "sessions.sign_out",
        "sessions.confirm",
        "sessions.begin_confirm",
        "sessions.finish_confirm",
        "sessions.confirm_in_the_demo",
    }
)

# Posted to by devices without a session. Cookies are ignored there, so there is no form's token to
# check: what was posted says by its signature whose it is.
BY_SIGNATURE = frozenset({"envelopes.deliver"})

# Asked by other systems, each request with its token. Cookies are ignored there, and `api.http` keeps
# the door: an operation states its scope beside its route, and one that does not is refused.
SYSTEMS = "api."

# Posted to by scripts as well, with no form before it, so where the post comes from is checked in
# place of a form's token: every browser says so. It opens the demo only.
BY_ORIGIN = frozenset({"demo.sign_in"})


@dataclass(frozen=True)
class Door:
    """Who may come in, and how the house behaves towards them."""

    roles: frozenset[str] = frozenset()
    # Asked for by a page on its own: does not count as use, so that a session can end.
    polling: bool = False
    # A form of ours (`pwa.forms.Form`): what was typed can be put back into it.
    form: bool = False
    # Takes a file, which is streamed to the disk and never held in memory.
    upload: bool = False

    def admits(self, actor: Actor) -> bool:
        """Say whether this actor may come to the address at all."""
        return EVERYONE in self.roles or actor.has(*self.roles)


@dataclass(frozen=True)
class Limit:
    """How often an address may be tried: by one actor, or by one machine where nobody signed in."""

    bucket: str
    tries: int
    seconds: int


def open_to(
    *roles: str, polling: bool = False, form: bool = False, upload: bool = False
) -> Callable[[View], View]:
    """Declare which roles may come to this address (any of them; EVERYONE is whoever signed in)."""
    if not roles:
        raise TypeError("say who may come in: EVERYONE, or roles")

    def declare(view: View) -> View:
        view.door = Door(frozenset(roles), polling, form, upload)  # type: ignore[attr-defined]
        return view

    return declare


def limited(bucket: str, *, tries: int, minutes: int) -> Callable[[View], View]:
    """Declare how often this address may be posted to. Endpoints may share a bucket."""

    def declare(view: View) -> View:
        view.limit = Limit(bucket, tries, minutes * 60)  # type: ignore[attr-defined]
        return view

    return declare


def door_of(endpoint: str, view: object) -> Door | None:
    """Give the stated rule of an endpoint, or None. Public endpoints have none to state."""
    return None if endpoint in PUBLIC else getattr(view, "door", None)


def is_by_token(endpoint: str | None) -> bool:
    """Say whether an endpoint is for other systems and their tokens."""
    return (endpoint or "").startswith(SYSTEMS)


def limit_of(view: object) -> Limit | None:
    """Give the stated limit of an endpoint, or None."""
    return getattr(view, "limit", None)
