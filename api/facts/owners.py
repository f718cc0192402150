"""Who answers for a line that is said to be wrong, and who may know of it.

A feed's line: the data stewards of that source. They see identities and what their own source said.
Where a source has none, the administrators of its agency (or else the authority's) are told that one
has to be named, and see nobody's record. A line that was said by hand: who said it; where they left,
their supervisor; where that is nobody, who leads, as far as others may know of them. Whoever a person is closed to hears of nothing, and
a sensitive agency's line is answered for inside that agency, or by its own source's steward.
"""

from __future__ import annotations

from api import access
from api.access import Sight
from api.store import Tx
from api.store import access as stored_access
from api.store import corrections as stored
from api.store import telling as stored_telling
from api.store.access import Me
from api.store.corrections import Kept


def may_answer(tx: Tx, me: Me, kept: Kept) -> bool:
    """Say whether somebody answers for a line that is said to be wrong."""
    return me.id in _answerers(tx, kept) and is_open_to(tx, me, kept)


def told(tx: Tx, kept: Kept) -> set[str]:
    """Give who is told that a line is said to be wrong."""
    able = _open_to(tx, _answerers(tx, kept), kept)
    if able or not kept.is_feed:
        return able
    return _open_to(tx, stored.administrators(tx, kept.source_id), kept)


def asked(tx: Tx, kept: Kept, confirmed_by: str | None) -> set[str]:
    """Give who is asked which is right, where a source says otherwise than what was confirmed: who
    confirmed it, or the lead where they left, or support the person no more."""
    found = stored_telling.candidates(tx, [confirmed_by] if confirmed_by else [])
    here = {one.id for one in found if _supports(tx, one.id, kept)}
    return _open_to(tx, here or stored_telling.leads(tx, kept.person_id), kept)


def _supports(tx: Tx, practitioner_id: str, kept: Kept) -> bool:
    me = stored_access.me(tx, practitioner_id)
    return access.verdict(tx, me, kept.person_id).sight is Sight.CIRCLE


def is_open_to(tx: Tx, me: Me, kept: Kept) -> bool:
    """Say whether neither who is spoken of nor the line's own secrecy is closed to somebody."""
    # A relationship names two.
    for person in (kept.person_id, kept.other_id):
        if person and _is_closed(tx, me, person):
            return False
    if kept.sealed_agency in (None, me.agency_id):
        return True
    own = kept.is_feed and kept.sealed_agency == kept.source_agency
    return own and access.holds(me, "data steward", kept.source_id)


def _is_closed(tx: Tx, me: Me, person_id: str) -> bool:
    standing = access.verdict(tx, me, person_id).standing
    return not standing.identity_id or any(
        closes(standing) for closes in access.CLOSING_RULES.values()
    )


def _answerers(tx: Tx, kept: Kept) -> set[str]:
    if kept.is_feed:
        return stored.stewards(tx, kept.source_id)
    here = stored_telling.candidates(tx, [kept.asserted_by] if kept.asserted_by else [])
    if here:
        return {here[0].id}
    above = stored_telling.candidates(tx, stored_telling.supervisors(tx, kept.asserted_by))
    # Not a sealed lead: that somebody could answer would say that there is one.
    leads = stored_telling.open_leads(tx, kept.person_id, kept.sealed_agency)
    return {one.id for one in above} or leads


def _open_to(tx: Tx, practitioners: set[str], kept: Kept) -> set[str]:
    here = stored_telling.candidates(tx, practitioners)
    return {one.id for one in here if is_open_to(tx, stored_access.me(tx, one.id), kept)}
