"""Who asks. Every function that a page calls takes one of these first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.authority import Authority
    from api.store import Store


@dataclass(frozen=True)
class Role:
    """A role and what it covers: the authority, one agency, one team or one source."""

    role: str
    scope: str
    scope_id: str


@dataclass(frozen=True)
class OpenGlass:
    """Whose record an actor has open in an emergency, and until when."""

    person_id: str
    until: str


@dataclass(frozen=True)
class Actor:
    """A practitioner with a session, the token of another system, or a part of this one
    (`Actor.system`).

    What is said here about roles is for showing the right links; the rules in `api.access` read
    roles, covers and standing again in the transaction that they decide in.
    """

    authority: Authority
    id: str
    name: str
    job: str = ""
    agency_id: str | None = None
    agency: str = ""
    agency_kind: str = ""
    sensitive: bool = False
    team_id: str | None = None
    roles: frozenset[Role] = frozenset()
    session_id: str | None = None
    enrolment_id: str | None = None
    confirmed_at: str | None = None
    # The key that the session's browser is to seal to.
    sealing_key_id: str | None = None
    # Which version of how Inkling may be used they accepted last; 0 for none.
    undertaken: int = 0
    # What they opened in an emergency and is open still: every page says so.
    glass: OpenGlass | None = None
    is_token: bool = False
    scopes: frozenset[str] = frozenset()

    @classmethod
    def system(cls, authority: Authority, part: str) -> Actor:
        """Make the actor for a part of the system: 'worker', 'command line' or 'demo'."""
        return cls(authority=authority, id=part, name=part)

    @property
    def is_system(self) -> bool:
        """Whether this is a part of the system: no practitioner, and no token."""
        return self.agency_id is None

    @property
    def store(self) -> Store:
        """The store of the actor's authority."""
        return self.authority.store

    def has(self, *roles: str) -> bool:
        """Say whether the actor holds one of these roles, whatever its scope."""
        return any(held.role in roles for held in self.roles)
