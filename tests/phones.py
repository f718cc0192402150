"""Phones for the cast: a browser with its cookie, and the passkeys in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

from api.staff import devices, invitations, passkeys, sessions
from api.staff.passkeys import RelyingParty, SignedIn, Waiting
from api.trust.actor import Actor
from tests.authenticator import Authenticator
from tests.cast import Cast
from tests.delivery import Key

RP = RelyingParty(id="inkling.example", name="Inkling", origin="https://inkling.example")


@dataclass
class Phone:
    """One browser of one person. What it is answered it keeps, as a browser keeps cookies.

    With a `key` it proves at each ceremony that it has it; without, its storage was refused.
    """

    cast: Cast
    passkey: Authenticator = field(default_factory=lambda: Authenticator(RP.origin))
    cookie: str | None = None
    token: str | None = None
    kind: str = "Android phone"
    key: Key | None = None

    def enrol(self, invitation: str, **wrong: object) -> Waiting:
        """Open the link of an invitation and make a passkey."""
        authority = self.cast.authority
        options = passkeys.begin_enrol(authority, RP, invitation)
        answer = self.proved(options, self.passkey.make(options, **wrong))
        made = passkeys.finish_enrol(authority, RP, invitation, answer, self.cookie, self.kind)
        self.cookie = made.device_cookie
        return made

    def sign_in(self, **wrong: object) -> SignedIn | Waiting:
        """Sign in with the passkey."""
        options = passkeys.begin_sign_in(self.cast.authority, RP)
        answer = self.passkey.sign(options, **wrong)  # type: ignore[arg-type]
        return self.post(self.proved(options, answer))

    def post(self, answer: str) -> SignedIn | Waiting:
        """Send an answer to the sign-in challenge, as it is."""
        done = passkeys.finish_sign_in(self.cast.authority, RP, answer, self.cookie, self.kind)
        self.cookie = done.device_cookie
        self.token = done.session_token if isinstance(done, SignedIn) else self.token
        return done

    def proved(self, options: str, answer: str) -> str:
        """Put this browser's key beside a passkey's answer, if it has one."""
        if self.key is None:
            return answer
        return json.dumps({**json.loads(answer), "delivery": self.key.member(options)})

    def actor(self, *, touch: bool = True) -> Actor | None:
        """Make a request: who the server says this is."""
        return sessions.resume(self.cast.authority, self.token or "", touch=touch)

    def signed_in(self) -> Actor:
        """Sign in, and be sure of it."""
        assert isinstance(self.sign_in(), SignedIn)
        actor = self.actor()
        assert actor
        return actor

    def another(self) -> Phone:
        """Give another phone with the same synced passkey."""
        return Phone(self.cast, self.passkey.copy())


def invited(cast: Cast, who: str) -> str:
    """Invite somebody as the command line does; give the token."""
    return invitations.make(cast.system, cast[who])


def approved(cast: Cast, who: str, *, key: Key | None = None, **authenticator: object) -> Phone:
    """Give somebody's phone, enrolled and approved."""
    phone = Phone(cast, Authenticator(RP.origin, **authenticator), key=key)  # type: ignore[arg-type]
    enrolled = phone.enrol(invited(cast, who))
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    return phone


def wait(cast: Cast, **span: float) -> None:
    """Let time go by for the authority; `span` is what timedelta takes."""
    store = cast.authority.store
    clock = store.clock
    store.clock = lambda: clock() + timedelta(**span)


def refusals(cast: Cast) -> list[str]:
    """Give the reasons of all refusals that left a row, oldest first."""
    rows = cast.authority.store.query(
        "SELECT reason FROM audit_events WHERE verdict = 'refused' ORDER BY at, id"
    )
    return [row["reason"] for row in rows]
