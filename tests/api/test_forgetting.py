"""Forgetting: two people, what others share, what holds it; and what is left of somebody: nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.facts import search
from api.facts.search import Query
from api.moment import new_id
from api.record import envelopes, families, identities, notes, people, protections, unsent
from api.record.envelopes import Typed
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.rights import forgetting, handling, holds, requests, retention
from api.rights.requests import NewRequest
from api.staff import practitioners
from api.store import Tx
from api.store import erasing as stored_erasing
from api.telling import inbox, outbox
from api.trust.actor import Actor
from tests import feeds
from tests.api.test_request_items import gathered, item
from tests.cast import Cast
from tests.delivery import device_of
from tests.forgetting import add, end_all, forget, lead, other, pass_years, second, set_rules
from tests.phones import RP


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """Rules, two governance leads, and Ivo, whom nobody supports, with his sister Una."""
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "1990-04-04")
    add(cast, "una", "Una", "Marsh", "1991-05-05")
    return cast


def trail(cast: Cast, action: str) -> list[dict[str, str]]:
    return cast.authority.store.query(
        "SELECT actor, verdict, reason, object, words_id FROM audit_events WHERE action = :a",
        a=action,
    )


def ask(cast: Cast, person: str = "ivo", agency: str | None = None) -> str:
    about = cast[agency] if agency else None
    return forgetting.ask(lead(cast), cast[person], about, "It is no longer needed.")


def exists(cast: Cast, person: str) -> bool:
    return bool(cast.authority.store.query("SELECT id FROM people WHERE id = :id", id=cast[person]))


def text(cast: Cast, who: str, note: str) -> str:
    return notes.read(cast.actor(who), note).now.saw


def test_two_people_forget_somebody(ready: Cast) -> None:
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    with pytest.raises(Conflict):
        ask(ready)
    (shown,) = forgetting.waiting(lead(ready))
    assert (shown.mine, shown.may_sign, shown.reason) == (True, False, "It is no longer needed.")
    # It waits for a second person, and stands under "Due" no more.
    assert [one.name for one in retention.due(lead(ready)).falling] == ["Una Marsh"]
    with pytest.raises(NotAllowed, match="two people"):
        forgetting.sign(lead(ready), asked)
    with pytest.raises(ConfirmFirst):
        forgetting.sign(ready.actor("steward"), asked)
    assert exists(ready, "ivo")
    assert forgetting.sign(other(ready), asked)
    assert not exists(ready, "ivo")
    assert forgetting.waiting(other(ready)) == []
    assert [one.name for one in retention.due(lead(ready)).falling] == ["Una Marsh"]
    # The trail says that something was erased, not what.
    (row,) = [row for row in trail(ready, "person:forgotten") if row["verdict"] == "allowed"]
    assert (row["actor"], row["object"], row["words_id"]) == (ready["steward"], asked, None)
    with pytest.raises(NotFound):
        forgetting.sign(other(ready), asked)


def test_asking_needs_the_passkey_a_reason_and_that_it_is_due(ready: Cast) -> None:
    ready.worry("police", "ivo")
    with pytest.raises(Conflict, match="not due"):
        ask(ready)
    pass_years(ready, 7)
    with pytest.raises(ConfirmFirst):
        forgetting.ask(ready.actor("governance"), ready["ivo"], None, "No longer needed.")
    with pytest.raises(Invalid):
        forgetting.ask(lead(ready), ready["ivo"], None, " ")
    with pytest.raises(NotAllowed):
        forgetting.ask(ready.actor("supervisor"), ready["ivo"], None, "No longer needed.")
    with pytest.raises(NotFound):
        forgetting.ask(lead(ready), new_id(), None, "No longer needed.")


def test_who_else_may_sign(ready: Cast) -> None:
    ready.worry("social_worker", "ivo")
    pass_years(ready, 40)
    of_care = ask(ready, agency="care")
    for who in ("social_worker", "police", "administrator", "safeguarding"):
        assert forgetting.waiting(ready.actor(who)) == []
        with pytest.raises(NotFound):
            forgetting.sign(ready.actor(who, confirmed=True), of_care)
    forgetting.sign(ready.actor("supervisor", confirmed=True), of_care)
    of_ivo = ask(ready)
    with pytest.raises(NotFound):
        forgetting.sign(ready.actor("supervisor", confirmed=True), of_ivo)
    forgetting.sign(other(ready), of_ivo)


def test_who_may_not_sign_lets_nothing_be_opened(ready: Cast) -> None:
    """What was typed about nobody is looked through for who may sign, and for nobody else."""
    found(ready, "police", "Nobody", "Nowhere", "1990-04-04")
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked, store = ask(ready), ready.authority.store
    typed = stored_erasing.typed_about_nobody(store, "", 100)
    assert typed
    store.upkeep(
        lambda tx: tx.change("UPDATE words SET sealed = :x WHERE id IN (:ids)", x=b"-", ids=typed)
    )
    with pytest.raises(NotAllowed, match="two people"):
        forgetting.sign(lead(ready), asked)
    with pytest.raises(NotFound):
        forgetting.sign(ready.actor("police", confirmed=True), asked)
    with pytest.raises(ConfirmFirst):
        forgetting.sign(ready.actor("steward"), asked)
    with pytest.raises(ValueError, match="Nonce"):
        forgetting.sign(other(ready), asked)


def test_an_erasure_that_breaks_off_leaves_all_and_is_done_again(
    ready: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = ready.worry("police", "ivo").note_ids[0]
    pass_years(ready, 7)
    asked = ask(ready)

    def power_cut(*_: object) -> None:
        raise OSError("The power went.")

    with monkeypatch.context() as broken:
        broken.setattr(stored_erasing, "destroy_keys", power_cut)
        with pytest.raises(OSError, match="power"):
            forgetting.sign(other(ready), asked)
    assert text(ready, "police", note).startswith("No coat")
    assert not [row for row in trail(ready, "person:forgotten") if row["verdict"] == "allowed"]
    forgetting.sign(other(ready), asked)
    assert not exists(ready, "ivo")


def test_two_who_sign_at_once_forget_once(ready: Cast) -> None:
    ready.worry("police", "ivo")
    practitioners.grant(
        ready.system, ready["health_visitor"], "governance lead", "authority", "authority"
    )
    pass_years(ready, 7)
    asked = ask(ready)
    signers = [other(ready), ready.actor("health_visitor", confirmed=True)]
    start = threading.Barrier(2)

    def sign(signer: Actor) -> str:
        start.wait()
        try:
            forgetting.sign(signer, asked)
        except NotFound:
            return "too late"
        return "signed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sign, signers)) == ["signed", "too late"]
    assert len([r for r in trail(ready, "person:forgotten") if r["verdict"] == "allowed"]) == 1


def test_it_is_taken_back(ready: Cast) -> None:
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    with pytest.raises(NotFound):
        forgetting.take_back(ready.actor("supervisor"), asked)
    forgetting.take_back(lead(ready), asked)
    with pytest.raises(NotFound):
        forgetting.sign(other(ready), asked)
    assert exists(ready, "ivo")
    forget(ready, "ivo")


def test_what_was_written_since_keeps_them(ready: Cast) -> None:
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    ready.worry("health_visitor", "ivo")
    with pytest.raises(Conflict, match="not due any more"):
        forgetting.sign(other(ready), asked)
    assert exists(ready, "ivo")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["person", "notes"])
def test_nothing_under_a_hold_is_forgotten(ready: Cast, what: str, when: str) -> None:
    written = ready.worry("social_worker", "ivo").note_ids[0]
    pass_years(ready, 40)
    agency = "care" if what == "notes" else None
    if when == "before":
        holds.hold(lead(ready), ready["ivo"], "inquiry", "The inquiry wrote.")
        with pytest.raises(Conflict, match="legal hold"):
            ask(ready, agency=agency)
    else:
        asked = ask(ready, agency=agency)
        holds.hold(lead(ready), ready["ivo"], "court", "A court wrote.")
        assert [one.held for one in forgetting.waiting(other(ready))] == [True]
        with pytest.raises(Conflict, match="legal hold"):
            forgetting.sign(other(ready), asked)
    assert text(ready, "social_worker", written).startswith("No coat")


def test_who_asked_for_their_record_is_answered_first(ready: Cast) -> None:
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    today = ready.authority.store.now()[:10]
    new = NewRequest(today, "person", "Ivo Marsh", "07700 900123", "All of it.")
    request = requests.take(ready.actor("social_worker"), ready["ivo"], new)
    with pytest.raises(Conflict, match="asked for a copy"):
        forgetting.sign(other(ready), asked)
    with pytest.raises(Conflict, match="asked for a copy"):
        ask(ready, agency="force")
    handling.end(lead(ready), request, "withdrawn", "He took it back.")
    forgetting.sign(other(ready), asked)
    assert not exists(ready, "ivo")


def test_under_a_hold_a_note_that_is_undone_keeps_its_words(ready: Cast) -> None:
    holds.hold(lead(ready), ready["ivo"], "inquiry", "The inquiry wrote.")
    held = ready.worry("social_worker", "ivo").note_ids[0]
    free = ready.worry("social_worker", "una").note_ids[0]
    for note in (held, free):
        notes.undo(ready.actor("social_worker"), note)
    store = ready.authority.store
    kept = store.query(
        """SELECT DISTINCT r.note_id FROM note_revisions r JOIN wraps w ON w.words_id = r.words_id
        WHERE r.note_id IN (:notes)""",
        notes=[held, free],
    )
    assert [row["note_id"] for row in kept] == [held]


def test_a_death_holds_by_itself(ready: Cast) -> None:
    ready.worry("police", "ivo")
    ready.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE particulars SET died_on = '2026-10-10' WHERE person_id = :id", id=ready["ivo"]
        )
    )
    pass_years(ready, 20)
    with pytest.raises(Conflict, match="legal hold"):
        ask(ready)
    holds.lift(lead(ready), ready["ivo"], "died", "The review is over.")
    forget(ready, "ivo")
    assert not exists(ready, "ivo")


def test_an_agencys_notes_go_and_the_person_stays(ready: Cast) -> None:
    mine = ready.worry("police", "ivo", saw="Stopped at the harbour.").note_ids[0]
    theirs = ready.worry("social_worker", "ivo", saw="At home, and well.").note_ids[0]
    pass_years(ready, 7)
    forget(ready, "ivo", "force")
    assert exists(ready, "ivo")
    with pytest.raises(NotFound):
        notes.read(ready.actor("police"), mine)
    assert text(ready, "social_worker", theirs) == "At home, and well."
    assert [note.id for note in notes.written(ready.actor("police")).notes] == []
    (row,) = [row for row in trail(ready, "notes:forgotten") if row["verdict"] == "allowed"]
    assert row["reason"] == ""


def share(cast: Cast, saw: str = "Ivo hit Una.") -> str:
    return cast.worry("police", "ivo", "una", saw=saw).note_ids[0]


def test_its_author_decides_about_a_note_that_others_share(ready: Cast) -> None:
    kept, redacted = share(ready, "Both were well."), share(ready)
    pass_years(ready, 7)
    asked = ask(ready)
    (shown,) = forgetting.waiting(other(ready))
    assert (shown.shared, list(shown.waits_for)) == (2, ["Paul Quill"])
    with pytest.raises(Conflict, match="authors"):
        forgetting.sign(other(ready), asked)
    police = ready.actor("police")
    assert forgetting.to_look_at(ready.actor("social_worker")) == []
    looked = {one.note_id: one for one in forgetting.to_look_at(police)}
    assert (looked[redacted].name, looked[redacted].others) == ("Ivo Marsh", ["Una Marsh"])
    assert looked[redacted].saw == "Ivo hit Una."
    with pytest.raises(NotFound):
        forgetting.decide(ready.actor("social_worker"), asked, kept, "keep")
    for decision, saw in (("burn", ""), ("redact", " "), ("redact", "x" * 5001)):
        with pytest.raises(Invalid):
            forgetting.decide(police, asked, redacted, decision, saw)
    forgetting.decide(police, asked, kept, "keep")
    forgetting.decide(police, asked, redacted, "redact", "Somebody hit her.")
    forgetting.decide(police, asked, redacted, "redact", "Una was hit.")
    # Until it is signed nothing has changed for anybody.
    assert text(ready, "police", redacted) == "Ivo hit Una."
    forgetting.sign(other(ready), asked)
    assert text(ready, "police", redacted) == "Una was hit."
    note = notes.read(police, redacted)
    assert note.earlier == []
    assert [one.name for one in note.people] == ["Una Marsh"]
    assert text(ready, "police", kept) == "Both were well."


def heard(cast: Cast, who: str) -> list[str]:
    outbox.fan_out(cast.authority)
    items = inbox.list_items(cast.actor(who)).items
    return [item.text for item in items if item.kind == "blacked out"]


def wait(cast: Cast) -> None:
    later = cast.authority.store.clock() + timedelta(seconds=11)
    cast.authority.store.clock = lambda: later


def test_who_holds_a_shared_note_is_told_that_words_were_taken_out(ready: Cast) -> None:
    """When, and why; not what, nor of whom. It stands on the note as well."""
    ready.support("colleague", "care", "una", lead=True)
    ready.support("health_visitor", "health", "una")
    note, kept = share(ready), share(ready, "Both were well.")
    for who in ("colleague", "health_visitor"):
        page = notes.about(ready.actor(who), ready["una"])
        assert {one.id for one in page.notes} >= {note, kept}
        notes.mark_read(ready.actor(who), page.notes)
    end_all(ready, "ivo")
    pass_years(ready, 7)
    asked, police = ask(ready), ready.actor("police")
    forgetting.decide(police, asked, kept, "keep")
    forgetting.decide(police, asked, note, "redact", "Una was hit.")
    wait(ready)
    assert heard(ready, "colleague") == []
    at = ready.authority.store.now()
    forgetting.sign(other(ready), asked)
    wait(ready)
    for who, whose in (("police", "your"), ("colleague", "a"), ("health_visitor", "a")):
        [said] = heard(ready, who)
        assert said.startswith(f"Words were taken out of {whose} note about Una Marsh")
        assert "Ivo" not in said
    for who in ("sealed", "pastoral", "outsider", "supervisor"):
        assert heard(ready, who) == []
    now = notes.read(ready.actor("colleague"), note).now
    assert (now.blacked_out, now.made_at) == (True, at)
    assert not notes.read(ready.actor("colleague"), kept).now.blacked_out
    # So does a copy of the other's record.
    practitioners.grant(
        ready.system, ready["police"], "safeguarding lead", "agency", ready["force"]
    )
    request = gathered(ready, person="una", asker="person")
    assert "Words were taken out on" in repr(item(ready, "police", request, "Una was hit.").lines)


def test_twins_on_one_note_are_each_forgotten(ready: Cast) -> None:
    """Each is to be forgotten while the other shares the note: an agency's notes about both."""
    note = share(ready, "Ivo hit Una, and Una hit Ivo.")
    store, police = ready.authority.store, ready.actor("police")
    said = "SELECT words_id FROM note_revisions UNION SELECT words_id FROM forgetting_notes"
    before = {row["words_id"] for row in store.query(said)}
    pass_years(ready, 7)
    police = ready.actor("police")
    asked = {who: ask(ready, who, "force") for who in ("ivo", "una")}
    forgetting.decide(police, asked["ivo"], note, "redact", "Una hit somebody.")
    forgetting.decide(police, asked["una"], note, "redact", "Ivo hit somebody.")
    words = before | {row["words_id"] for row in store.query(said)}
    forgetting.sign(other(ready), asked["ivo"])
    assert text(ready, "police", note) == "Una hit somebody."
    assert [one.forgetting_id for one in forgetting.to_look_at(police)] == []
    forgetting.sign(other(ready), asked["una"])
    with pytest.raises(NotFound):
        notes.read(police, note)
    left = "SELECT words_id FROM wraps WHERE words_id IN (:words)"
    assert len(words) == 3
    assert store.query(left, words=sorted(words)) == []


def test_of_somebody_restricted_a_shared_note_says_nothing_more(ready: Cast) -> None:
    """It was open to those named only, and is open to the others' circles when they have gone."""
    ready.support("social_worker", "care", "ivo", lead=True)
    ready.support("colleague", "care", "una", lead=True)
    note = ready.worry("social_worker", "ivo", "una", saw="Ivo hit Una.").note_ids[0]
    sealed = ready.worry("sealed", "ivo", "una", saw="Ivo came to us.").note_ids[0]
    named = [ready[who] for who in ("social_worker", "governance", "steward")]
    worker = ready.actor("social_worker", confirmed=True)
    protections.restrict(worker, ready["ivo"], "A court order", named)
    with pytest.raises(NotFound):
        notes.read(ready.actor("colleague"), note)
    end_all(ready, "ivo")
    pass_years(ready, 40)
    ready.support("colleague", "care", "una", lead=True)
    asked, worker = ask(ready), ready.actor("social_worker")
    with pytest.raises(Invalid, match="More people"):
        forgetting.decide(worker, asked, note, "keep")
    forgetting.decide(worker, asked, note, "redact", "Una was hit.")
    forgetting.sign(other(ready), asked)
    wait(ready)
    now = notes.read(ready.actor("colleague"), note).now
    assert (now.saw, now.blacked_out) == ("Una was hit.", False)
    assert heard(ready, "colleague") == []
    with pytest.raises(NotFound):
        notes.read(ready.actor("colleague"), sealed)


def test_a_note_that_says_something_else_since_is_looked_at_again(ready: Cast) -> None:
    note = share(ready)
    pass_years(ready, 7)
    asked, police = ask(ready), ready.actor("police")
    forgetting.decide(police, asked, note, "redact", "Una was hit.")
    said = NewNote(id=note, kind="worry", people=[ready["ivo"]], saw="Ivo hit Una twice.")
    notes.revise(police, note, said)
    with pytest.raises(Conflict, match="authors"):
        forgetting.sign(other(ready), asked)


def test_who_supervises_an_author_who_left_decides(ready: Cast) -> None:
    note = ready.worry("colleague", "ivo", "una").note_ids[0]
    pass_years(ready, 40)
    asked = ask(ready, agency="care")
    supervisor = ready.actor("supervisor", confirmed=True)
    assert forgetting.to_look_at(supervisor) == []
    practitioners.leave(supervisor, ready["colleague"])
    assert [one.note_id for one in forgetting.to_look_at(supervisor)] == [note]
    forgetting.decide(supervisor, asked, note, "keep")
    forgetting.sign(other(ready), asked)


def test_a_sealed_services_notes_are_hinted_at_to_nobody(ready: Cast) -> None:
    """What a service that nobody may know of wrote about two stays as it is for the other."""
    ready.worry("police", "ivo")
    sealed = ready.worry("sealed", "ivo", "una", saw="Una came to the clinic.").note_ids[0]
    pass_years(ready, 7)
    asked = ask(ready)
    (shown,) = forgetting.waiting(other(ready))
    assert (shown.notes, shown.shared, list(shown.waits_for)) == (1, 0, [])
    assert forgetting.to_look_at(ready.actor("sealed")) == []
    forgetting.sign(other(ready), asked)
    assert text(ready, "sealed", sealed) == "Una came to the clinic."


def test_all_records_of_somebody_go_together(ready: Cast) -> None:
    add(ready, "twice", "Ivo", "Marsch", "1990-04-04")
    ready.worry("police", "twice", saw="On the other record.")
    ready.support("social_worker", "care", "ivo", lead=True)
    identities.link(
        ready.actor("social_worker", confirmed=True), ready["ivo"], ready["twice"], "One."
    )
    end_all(ready, "ivo")
    pass_years(ready, 40)
    forget(ready, "ivo")
    assert not exists(ready, "ivo")
    assert not exists(ready, "twice")


def test_what_somebody_added_anew_of_a_restricted_person_is_theirs(ready: Cast) -> None:
    """It goes with them, and keeps them while it is not due itself."""
    ready.support("social_worker", "care", "ivo", lead=True)
    named = [ready["social_worker"], ready["governance"], ready["steward"]]
    lead_of_ivo = ready.actor("social_worker", confirmed=True)
    protections.restrict(lead_of_ivo, ready["ivo"], "A court order", named)
    end_all(ready, "ivo")
    pass_years(ready, 30)
    asked = ask(ready)
    again = people.add(ready.actor("police"), NewPerson("Ivo", "Marsh", "1990-04-04"))
    assert again != ready["ivo"]
    ready.ids["again"] = again
    ready.worry("police", "again")
    with pytest.raises(Conflict, match="not due any more"):
        forgetting.sign(other(ready), asked)
    pass_years(ready, 40)
    forgetting.sign(other(ready), asked)
    assert not exists(ready, "ivo")
    assert not exists(ready, "again")


def test_an_agencys_notes_on_what_was_added_anew_are_kept_while_not_due(ready: Cast) -> None:
    ready.support("social_worker", "care", "ivo", lead=True)
    old = ready.worry("police", "ivo").note_ids[0]
    named = [ready[who] for who in ("social_worker", "governance", "steward", "police")]
    worker = ready.actor("social_worker", confirmed=True)
    protections.restrict(worker, ready["ivo"], "A court order", named)
    pass_years(ready, 5)
    ready.ids["again"] = people.add(
        ready.actor("outsider"), NewPerson("Ivo", "Marsh", "1990-04-04")
    )
    new = ready.worry("outsider", "again").note_ids[0]
    pass_years(ready, 7)
    asked = ask(ready, agency="force")
    with pytest.raises(Conflict, match="not due any more"):
        forgetting.sign(other(ready), asked)
    for who, note in (("police", old), ("outsider", new)):
        assert text(ready, who, note).startswith("No coat")


def test_lines_on_the_pages_of_others_are_cut(ready: Cast) -> None:
    ready.support("social_worker", "care", "una", lead=True)
    worker = ready.actor("social_worker")
    families.relate(worker, ready["una"], kind="brother or sister", other_id=ready["ivo"])
    ready.worry("police", "ivo")
    assert people.look(worker, ready["una"]).family
    pass_years(ready, 7)
    forget(ready, "ivo")
    assert people.look(ready.actor("social_worker"), ready["una"]).family == []


def found(cast: Cast, who: str, first: str, last: str, born: str) -> list[str]:
    query = Query(first=first, last=last, born_on=born)
    return [hit.name for hit in search.find(cast.actor(who), query).results]


def test_nobody_finds_them_and_a_namesake_is_found_still(ready: Cast) -> None:
    add(ready, "namesake", "Ivo", "Quarry", "1977-07-07")
    ready.worry("police", "ivo")
    assert found(ready, "police", "Ivo", "Marsh", "1990-04-04") == ["Ivo Marsh"]
    pass_years(ready, 7)
    forget(ready, "ivo")
    assert found(ready, "police", "Ivo", "Marsh", "1990-04-04") == []
    assert found(ready, "police", "Ivo", "Quarry", "1977-07-07") == ["Ivo Quarry"]
    assert found(ready, "police", "Una", "Marsh", "1991-05-05") == ["Una Marsh"]


def test_a_delivery_that_comes_late_does_not_bring_a_note_back(ready: Cast) -> None:
    police = ready.actor("police")
    said = NewNote(id=new_id(), kind="worry", people=[ready["ivo"]], saw="Late.")
    notes.log(police, said)
    pass_years(ready, 7)
    forget(ready, "ivo")
    again = notes.log(ready.actor("police"), said)
    assert (again.again, again.told, list(again.people)) == (True, 0, [])
    store = ready.authority.store
    assert store.query("SELECT hidden FROM notes WHERE id = :id", id=said.id) == [
        {"hidden": "erased"}
    ]
    assert not store.query("SELECT note_id FROM note_subjects WHERE note_id = :id", id=said.id)


@pytest.mark.parametrize("by", ["record", "name"])
def test_what_somebody_wrote_and_has_not_sent_comes_first(ready: Cast, by: str) -> None:
    """A note on the server that waits for its author: it names them by their record, or in words."""
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    phone = device_of(ready, "social_worker")
    fields = (
        [("people", ready["ivo"]), ("saw", "At home.")]
        if by == "record"
        else [("who", "ivo marsh, 36"), ("saw", "At home.")]
    )
    posted = phone.delivery(phone.envelope("draft", fields))
    assert envelopes.take(ready.authority, RP, posted, lambda _: Typed(NOBODY)).state == "waiting"
    with pytest.raises(Conflict, match="has not sent it"):
        forgetting.sign(other(ready), asked)
    for one in unsent.waiting(ready.actor("social_worker")):
        unsent.discard(ready.actor("social_worker"), one.author_id, one.id)
    forgetting.sign(other(ready), asked)
    assert not exists(ready, "ivo")


NOBODY = NewNote(id="", kind="worry", people=[])


def test_nobody_is_forgotten_while_a_source_is_loaded(ready: Cast) -> None:
    """What the load found may be them."""
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked = ask(ready)
    store = ready.authority.store
    source = feeds.add_feed(store, "births")

    def load(state: str, tx: Tx) -> None:
        tx.change("DELETE FROM loads")
        said = {"file_name": "", "digest": "", "read_rows": 0, "taken_rows": 0, "waiting_rows": 0}
        times = {"started_at": tx.now, "touched_at": tx.now, "made_by": "command line"}
        tx.insert("loads", source_id=source, number=1, previous=0, state=state, **said, **times)

    store.upkeep(lambda tx: load("staging", tx))
    with pytest.raises(Conflict, match="being loaded"):
        forgetting.sign(other(ready), asked)
    store.upkeep(lambda tx: load("failed", tx))
    forgetting.sign(other(ready), asked)


def test_whoever_writes_at_the_same_moment_is_kept_or_refused(ready: Cast) -> None:
    """Either the note comes first, and the person is kept; or nobody is there any more."""
    ready.worry("police", "ivo")
    pass_years(ready, 7)
    asked, signer, author = ask(ready), other(ready), ready.actor("health_visitor")
    said = NewNote(id=new_id(), kind="worry", people=[ready["ivo"]], saw="At the door.")
    start = threading.Barrier(2)

    def sign() -> str:
        start.wait()
        try:
            forgetting.sign(signer, asked)
        except Conflict:
            return "kept"
        return "gone"

    def write() -> str:
        start.wait()
        try:
            notes.log(author, said)
        except NotFound:
            return "gone"
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(one) for one in (sign, write)]
        signed, written = (one.result() for one in outcomes)
    assert signed == written
    assert exists(ready, "ivo") == (signed == "kept")
