"""Under which agreement an agency shares, who answers for it, and who undertook to use Inkling rightly."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import new_id
from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Agreement:
    """A sharing agreement with an agency, and the people named in it. Dates are ISO text.

    `approvers` says how many who may approve devices there are still here: two, at the least.
    """

    agency_id: str
    agreement: str
    agreed_on: str
    review_on: str
    controller: str
    controller_contact: str
    safeguarding_lead: str
    approver_names: tuple[str, str]
    approvers: int


_APPROVERS = """(SELECT COUNT(DISTINCT r.practitioner_id) FROM roles r
    JOIN practitioners w ON w.id = r.practitioner_id
    WHERE r.role = 'approver' AND r.ended_at IS NULL AND w.left_at IS NULL
    AND (r.scope = 'authority' OR r.scope_id = g.agency_id))"""


def add(
    tx: Tx,
    agency_id: str,
    *,
    agreement: str,
    agreed_on: str,
    review_on: str,
    controller: str,
    controller_contact: str,
    safeguarding_lead_id: str,
    approver_ids: tuple[str, str],
    made_by: str,
) -> None:
    """Write an agreement, which stands from now on."""
    tx.insert(
        "agreements",
        id=new_id(),
        agency_id=agency_id,
        agreement=agreement,
        agreed_on=agreed_on,
        review_on=review_on,
        controller=controller,
        controller_contact=controller_contact,
        safeguarding_lead_id=safeguarding_lead_id,
        first_approver_id=approver_ids[0],
        second_approver_id=approver_ids[1],
        made_by=made_by,
        made_at=tx.now,
    )


def standing(db: Reads) -> dict[str, Agreement]:
    """Give the agreement that stands with each agency, by the agency's id."""
    rows = db.query(
        f"""SELECT g.agency_id, g.agreement, g.agreed_on, g.review_on, g.controller,
            g.controller_contact, l.name AS safeguarding_lead, x.name AS first, y.name AS second,
            {_APPROVERS} AS approvers
        FROM agreements g JOIN practitioners l ON l.id = g.safeguarding_lead_id
        JOIN practitioners x ON x.id = g.first_approver_id
        JOIN practitioners y ON y.id = g.second_approver_id
        ORDER BY g.made_at, g.id"""
    )
    return {
        row["agency_id"]: Agreement(approver_names=(row.pop("first"), row.pop("second")), **row)
        for row in rows
    }


def undertake(tx: Tx, practitioner_id: str, version: int) -> None:
    """Write that a practitioner undertook to use Inkling as this version says; once."""
    tx.insert_all(
        "undertakings",
        [{"practitioner_id": practitioner_id, "version": version, "made_at": tx.now}],
        known=True,
    )
