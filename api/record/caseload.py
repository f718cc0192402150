"""Caseloads: what a device keeps of its owner's children, so that Log knows whom it is about without
signal. It leaves the building, so it holds a name, an age and the numbers to ring, and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from api import access, moment
from api.record import briefs, involvements
from api.store import Tx
from api.store import caseload as stored
from api.store import devices as stored_devices
from api.store import involvements as stored_involvements
from api.store import people as stored_people
from api.store.access import Me
from api.store.involvements import Involvement
from api.trust import audit, sealing
from api.trust.actor import Actor
from api.trust.audit import Action

DAYS = 7
MINE = ("in the circle", "covering")


@dataclass(frozen=True)
class Caseload:
    """A caseload as JSON text, and the authority's signature of it."""

    text: str
    signature: bytes


def hand_out(actor: Actor) -> Caseload:
    """Give the actor's caseload to the device they are signed in on: a look at everybody in it.

    It holds those whose circle the actor is in or covers for, not whom they took on for a while.
    Whoever is restricted is left out; so are the numbers of those whose location is protected, and
    sealed services, also from those who may see all that: a device may come into other hands.
    Raises NotAllowed where the device is not, or no longer, approved.
    """

    def looking(tx: Tx) -> str:
        _require_approved(tx, actor)
        me = access.who(tx, actor)
        mine = [row["id"] for row in stored_people.mine(tx, me) if row["why"] in MINE]
        people = _people(tx, me, stored.carried(tx, me, mine))
        subjects = [person["id"] for person in people]
        audit.allowed(
            tx, actor, Action.CASELOAD_HANDED_OUT, subjects=subjects, object=actor.enrolment_id
        )
        caseload = {
            "enrolment": actor.enrolment_id,
            "author": actor.id,
            "made": tx.now,
            "expires": moment.later(tx.now, days=DAYS),
            "people": people,
        }
        return json.dumps(caseload, ensure_ascii=False, separators=(",", ":"))

    text = actor.store.look(looking)
    return Caseload(text, sealing.sign_caseload(actor.authority, text))


def _require_approved(tx: Tx, actor: Actor) -> None:
    held = stored_devices.enrolment(tx, actor.enrolment_id) if actor.enrolment_id else None
    if held is None or held.practitioner_id != actor.id or held.state != "approved":
        raise access.refuse(
            tx,
            actor,
            Action.CASELOAD_HANDED_OUT,
            "not approved",
            "Only an approved device keeps a list of children.",
        )


def _people(tx: Tx, me: Me, carried: list[stored.Carried]) -> list[dict[str, Any]]:
    known = stored_people.known(tx, [one.id for one in carried], me)
    circles = _circles(tx, me, [one.id for one in carried if one.numbers])
    found = []
    for one in carried:
        person = known[one.id] if one.mother else replace(known[one.id], mother="")
        brief = briefs.brief_of(person, tx.today)
        circle = circles.get(one.id, [])
        found.append({"id": brief.id, "name": brief.name, "age": brief.age, "circle": circle})
    return sorted(found, key=lambda person: str(person["name"]))


def _circles(tx: Tx, me: Me, identities: list[str]) -> dict[str, list[dict[str, str]]]:
    """Give whom to ring for each of these people, the lead first: only people, with a number."""
    held: dict[str, list[Involvement]] = defaultdict(list)
    for involvement in stored_involvements.unsealed(tx, identities, me) if identities else ():
        held[involvement.identity_id].append(involvement)
    covers = stored_involvements.covered_by(
        tx, list({i.practitioner_id for rows in held.values() for i in rows if i.practitioner_id})
    )
    circles: dict[str, list[dict[str, str]]] = {}
    for identity, rows in held.items():
        now = [i for i in involvements.once_each(rows) if _is_somebody(i, tx.today)]
        numbers: dict[tuple[str, str], None] = {}  # once each, in this order
        for i in sorted(now, key=lambda i: not i.lead):
            name = involvements.name_of(i)
            phone = i.contact_phone or i.practitioner_phone or i.agency_phone
            numbers[name, phone] = None
            if cover := covers.get(i.practitioner_id or ""):
                numbers[f"{cover['name']}, covers for {name}", cover["phone"]] = None
        circles[identity] = [{"name": name, "phone": phone} for name, phone in numbers if phone]
    return circles


def _is_somebody(i: Involvement, today: str) -> bool:
    """Whether a line stands for a person in the circle now, not for a service or who has left."""
    named = i.contact_name or (i.practitioner and not i.practitioner_left)
    return bool(named and i.kind == "active" and i.asserted_by != "self" and i.is_open(today))
