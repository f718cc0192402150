"""What the rows about one person say, as facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from api.facts.mapping import BadRow, Mapping, Record
from api.facts.matching import name_key
from api.store import Reads, authority, sources
from api.store import loads as stored
from api.store.loads import Fact, Held
from api.store.sources import Source


class Maker:
    """Makes facts of rows, as a source's mapping says. Knows who works for the source's agency."""

    def __init__(self, db: Reads, source: Source, mapping: Mapping) -> None:
        self._source, self._mapping = source, mapping
        # What a sensitive agency knows is its involvement, which is sealed, and nothing else.
        self._asserts = (
            frozenset() if sources.is_sensitive(db, source.agency_id) else mapping.asserts
        )
        self._plans = {} if not self._asserts and mapping.asserts else mapping.plans
        # What nobody may see is not taken in.
        self._opened = authority.opened_details(db)
        self._sealed = {id for id, (_, sealed) in sources.agencies(db).items() if sealed}
        self._agencies = {name_key(row["name"]): row["id"] for row in stored.agencies(db)}
        staff = stored.staff(db, source.agency_id)
        # An address that two share says of neither that it is them.
        shared = Counter(row["email"].casefold() for row in staff)
        self._by_email = {
            row["email"].casefold(): row["id"]
            for row in staff
            if row["email"] and shared[row["email"].casefold()] == 1
        }
        self._by_number = {row["staff_number"]: row["id"] for row in staff if row["staff_number"]}

    def check(self, record: Record) -> None:
        """Raise BadRow where a row says that somebody is supported and not by which agency."""
        if self._involves(record):
            self._agency(record)

    def facts(self, records: Sequence[Record]) -> list[Fact]:
        """Give all that a person's rows say, each fact once."""
        said = [fact for record in records for fact in self._about(record)]
        together: dict[tuple[object, ...], Fact] = {}
        for record in records:
            if self._involves(record):
                said += self._details(record)
                fact = self._involvement(record)
                key = tuple(fact.get(name) for name in _ONE_INVOLVEMENT)
                together[key] = _joined(together[key], fact) if key in together else fact
        return list(dict.fromkeys([*said, *together.values()]))

    def carry(self, fact: Fact, gone: Iterable[Held]) -> Fact:
        """Let an involvement that only changed its dates or numbers stay confirmed; and let a
        practitioner who put its line right go on deciding who the lead is."""
        if fact.table != "involvements":
            return fact
        for old in gone:
            if old.fact.table == fact.table and all(
                old.fact.get(name) == fact.get(name) for name in _SAME_LINE
            ):
                lead = 0 if old.replaced else old.fact.extra["lead"]
                return replace(fact, extra={**old.fact.extra, "lead": lead})
        return fact

    def replaces(self, fact: Fact, old: Held) -> bool:
        """Say whether a fact of one row takes the place of what the same row said before. Involvements
        and plans may come from several rows of one id: there only the same line is meant."""
        if fact.table != old.fact.table or not fact.source_key:
            return False
        if fact.source_key != old.fact.source_key:
            return False
        if fact.table == "details":
            return bool(fact.get("kind") == old.fact.get("kind"))
        if fact.table == "involvements":
            return all(old.fact.get(name) == fact.get(name) for name in _SAME_LINE)
        return fact.table != "plans"

    def _about(self, record: Record) -> Iterable[Fact]:
        key = record.source_key
        if "names" in self._asserts and (record.first or record.last):
            first, last = record.first, record.last
            yield Fact("names", ("full", first, last, name_key(first), name_key(last)), key)
        births = (record.born_on, record.expected_on, record.died_on, record.gender)
        if "particulars" in self._asserts and any(births):
            yield Fact("particulars", births, key)
        elif "death" in self._asserts and record.died_on:
            yield Fact("particulars", (None, None, record.died_on, None), key)
        if "identifiers" in self._asserts:
            said = (("local", record.key), ("nhs", record.nhs), ("upn", record.upn))
            for scheme, value in said:
                if value:
                    yield Fact("identifiers", (scheme, value), key)
        if "address" in self._asserts and (record.address or record.postcode):
            yield Fact("addresses", ("home", record.address, record.postcode), key)
        if record.plan and record.plan in self._plans.values():
            yield Fact("plans", (record.plan, record.starts_on, record.ends_on), key)

    def _details(self, record: Record) -> Iterable[Fact]:
        """What a service says beside who supports somebody. Nothing, where either is sensitive."""
        agency = self._agency(record)
        if not {agency, self._source.agency_id} & self._sealed:
            for detail in record.details:
                if detail[0] in self._opened:
                    yield Fact("details", (agency, *detail), record.source_key)

    def _involves(self, record: Record) -> bool:
        return self._mapping.involvement is not None and record.involved

    def _involvement(self, record: Record) -> Fact:
        agency = self._agency(record)
        own = agency == self._source.agency_id
        worker = self._worker(record) if own else None
        says = {
            "agency_id": agency,
            "practitioner_id": worker,
            "kind": self._mapping.involvement,
            "role": record.role or "Service",
            # Somebody with an account here has their own numbers, and keeps them right.
            "contact_name": None if worker else record.contact_name or None,
            "contact_phone": None if worker else record.contact_phone or None,
            "contact_email": None if worker else record.contact_email or None,
            "last_contact_on": record.last_contact_on,
            "asserted_by": "agency" if own else "other source",
            "valid_from": record.starts_on,
            "valid_to": record.ends_on,
        }
        values = tuple(says[column] for column in stored.SAYS["involvements"])
        lead = int(self._mapping.lead and worker is not None)
        return Fact("involvements", values, record.source_key, {"lead": lead})

    def _agency(self, record: Record) -> str:
        if not record.agency:
            if self._source.agency_id is None:
                raise BadRow("It does not say which agency it speaks of.")
            return self._source.agency_id
        agency: str | None = self._agencies.get(name_key(record.agency))
        if agency is None:
            raise BadRow("It speaks of an agency that is not known here.")
        return agency

    def _worker(self, record: Record) -> str | None:
        return self._by_number.get(record.staff_number) or self._by_email.get(
            record.contact_email.casefold()
        )


# Rows that agree in these speak of one involvement, perhaps of several events in it.
_ONE_INVOLVEMENT = (
    *("agency_id", "practitioner_id", "kind", "role", "asserted_by"),
    *("contact_name", "contact_phone", "contact_email"),
)
_SAME_LINE = ("agency_id", "practitioner_id", "kind", "contact_name")


def _joined(one: Fact, other: Fact) -> Fact:
    """Join two events of one involvement: from the first beginning to the last end."""
    said = dict(zip(stored.SAYS[one.table], one.says, strict=True))
    begins = [fact.get("valid_from") for fact in (one, other)]
    ends = [fact.get("valid_to") for fact in (one, other)]
    contacts = [on for fact in (one, other) if (on := fact.get("last_contact_on"))]
    said["valid_from"] = None if None in begins else min(begins)
    said["valid_to"] = None if None in ends else max(ends)
    said["last_contact_on"] = max(contacts, default=None)
    return replace(one, says=tuple(said.values()))
