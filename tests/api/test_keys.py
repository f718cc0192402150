"""The vault: what is sealed opens with its keys, with nothing else, and never after they are gone."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import authority as authorities
from api.authority import Authority
from api.errors import Misconfigured, NotFound
from api.moment import new_id
from api.record import conflicts as conflicts_
from api.record import families, identities, notes, people, plans, protections
from api.store import Store
from api.trust.keys import MasterKey, Vault
from tests.cast import MASTER, Cast, write_master_key

CANARY = "canary-7741"


@pytest.fixture
def vault() -> Vault:
    return Vault(MASTER)


@pytest.fixture
def keyed(store: Store, vault: Vault) -> Store:
    """A store with the keys of two people and of a month."""

    def keys(tx):  # type: ignore[no-untyped-def]
        for person in ("amara", "jude"):
            vault.add_key(tx, "person", person)
        vault.add_key(tx, "period", "2026-11")
        vault.add_key(tx, "system", "vapid")

    store.upkeep(keys)
    return store


def keep(store: Store, vault: Vault, text: str, *people: str, period: str = "") -> str:
    return store.upkeep(lambda tx: vault.keep(tx, text, people, period))


def destroy(store: Store, owner: str) -> None:
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE keys SET wrapped = NULL, destroyed_at = :now WHERE owner = :owner",
            now=tx.now,
            owner=owner,
        )
    )


# -- Sealing and opening --------------------------------------------------------------------------


def test_what_was_sealed_opens(keyed: Store, vault: Vault) -> None:
    one = keep(keyed, vault, "No coat again", "amara")
    both = keep(keyed, vault, "They were both late", "amara", "jude")
    nobody = keep(keyed, vault, "a search for no one", period="2026-11")
    assert vault.open(keyed, [one, both, nobody, one]) == {
        one: "No coat again",
        both: "They were both late",
        nobody: "a search for no one",
    }
    assert vault.open(keyed, []) == {}
    assert vault.open(keyed, ["no such words"]) == {}


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_comes_back_as_it_was(keyed: Store, vault: Vault, text: str) -> None:
    id = keep(keyed, vault, text, "amara")
    assert vault.open(keyed, [id]) == {id: text}


def test_half_a_surrogate_pair_is_marked_and_kept(keyed: Store, vault: Vault) -> None:
    id = keep(keyed, vault, "a\ud800b", "amara")
    assert vault.open(keyed, [id]) == {id: "a?b"}


def test_the_same_text_twice_is_two_ciphertexts(keyed: Store, vault: Vault) -> None:
    for _ in range(2):
        keep(keyed, vault, "No coat again", "amara")
    sealed = {bytes(row["sealed"]) for row in keyed.query("SELECT sealed FROM words")}
    wraps = {bytes(row["wrapped"]) for row in keyed.query("SELECT wrapped FROM wraps")}
    assert (len(sealed), len(wraps)) == (2, 2)


def test_an_owner_has_one_key(keyed: Store, vault: Vault) -> None:
    again = keyed.upkeep(lambda tx: vault.add_key(tx, "person", "amara"))
    (row,) = keyed.query("SELECT id FROM keys WHERE owner = 'amara'")
    assert row["id"] == again


def test_the_system_s_secrets_are_its_own(keyed: Store, vault: Vault) -> None:
    secret = vault.secret(keyed, "vapid")
    assert len(secret) == 32
    assert vault.secret(keyed, "vapid") == secret
    assert all(
        secret not in bytes(row["wrapped"]) for row in keyed.query("SELECT wrapped FROM keys")
    )


# -- Erasure ---------------------------------------------------------------------------------------


def test_words_about_somebody_whose_key_is_destroyed_are_gone(keyed: Store, vault: Vault) -> None:
    amara = keep(keyed, vault, "About Amara", "amara")
    jude = keep(keyed, vault, "About Jude", "jude")
    both = keep(keyed, vault, "About both", "amara", "jude")
    destroy(keyed, "amara")
    assert vault.open(keyed, [amara, jude, both]) == {jude: "About Jude", both: "About both"}
    destroy(keyed, "jude")
    assert vault.open(keyed, [amara, jude, both]) == {}


def test_nothing_is_sealed_that_nobody_could_open(keyed: Store, vault: Vault) -> None:
    destroy(keyed, "amara")
    for about, period in (
        (["amara"], ""),
        (["jude", "amara"], ""),
        (["nobody"], ""),
        ([], "1999-01"),
    ):
        with pytest.raises(LookupError):
            keep(keyed, vault, "Too late", *about, period=period)
    assert keyed.query("SELECT id FROM words") == []


# -- Tampering -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column"), [("words", "sealed"), ("wraps", "wrapped"), ("keys", "wrapped")]
)
@pytest.mark.parametrize("place", [0, 13, -1])
def test_a_changed_byte_opens_nothing(
    keyed: Store, vault: Vault, table: str, column: str, place: int
) -> None:
    id = keep(keyed, vault, "No coat again", "amara")
    where = "owner = 'amara'" if table == "keys" else "1 = 1"
    (row,) = keyed.query(f"SELECT {column} AS held FROM {table} WHERE {where}")
    changed = bytearray(row["held"])
    changed[place] ^= 1
    keyed.upkeep(
        lambda tx: tx.change(
            f"UPDATE {table} SET {column} = :held WHERE {where}", held=bytes(changed)
        )
    )
    with pytest.raises(InvalidTag):
        vault.open(keyed, [id])


def test_words_cannot_be_put_in_the_place_of_others(keyed: Store, vault: Vault) -> None:
    """A row that somebody moves in the database opens nowhere else than where it was written."""
    mild = keep(keyed, vault, "A strength", "amara")
    grave = keep(keyed, vault, "A disclosure", "amara")
    held = {row["id"]: row["sealed"] for row in keyed.query("SELECT id, sealed FROM words")}
    wraps = {row["words_id"]: row["wrapped"] for row in keyed.query("SELECT * FROM wraps")}

    def swap(tx):  # type: ignore[no-untyped-def]
        for here, there in ((mild, grave), (grave, mild)):
            tx.change("UPDATE words SET sealed = :s WHERE id = :id", s=held[there], id=here)
            tx.change("UPDATE wraps SET wrapped = :w WHERE words_id = :id", w=wraps[there], id=here)

    keyed.upkeep(swap)
    for id in (mild, grave):
        with pytest.raises(InvalidTag):
            vault.open(keyed, [id])


def test_one_person_s_key_cannot_stand_for_another_s(keyed: Store, vault: Vault) -> None:
    id = keep(keyed, vault, "About Amara", "amara")
    held = {row["owner"]: row["wrapped"] for row in keyed.query("SELECT owner, wrapped FROM keys")}
    keyed.upkeep(
        lambda tx: tx.change("UPDATE keys SET wrapped = :w WHERE owner = 'amara'", w=held["jude"])
    )
    with pytest.raises(InvalidTag):
        vault.open(keyed, [id])


# -- The master key ----------------------------------------------------------------------------------


def test_another_master_key_opens_nothing(keyed: Store, vault: Vault) -> None:
    id = keep(keyed, vault, "No coat again", "amara")
    other = Vault(MasterKey({1: os.urandom(32)}))
    with pytest.raises(InvalidTag):
        other.open(keyed, [id])


def test_a_newer_version_wraps_what_is_new_and_the_older_opens_what_is_old(
    keyed: Store, vault: Vault
) -> None:
    old = keep(keyed, vault, "Before", "amara")
    newer = Vault(MasterKey({1: MASTER.versions[1], 2: os.urandom(32)}))
    keyed.upkeep(lambda tx: newer.add_key(tx, "person", "lily"))
    new = keep(keyed, newer, "After", "lily")
    assert newer.open(keyed, [old, new]) == {old: "Before", new: "After"}
    rows = keyed.query("SELECT owner, master_version FROM keys WHERE kind = 'person'")
    assert {row["owner"]: row["master_version"] for row in rows} == {
        "amara": 1,
        "jude": 1,
        "lily": 2,
    }


def test_the_check_value_tells_the_right_key_from_another() -> None:
    check = MASTER.check()
    assert MASTER.matches(1, check)
    assert not MASTER.matches(2, check)
    assert not MASTER.matches(1, check[:-1] + bytes([check[-1] ^ 1]))
    assert not MasterKey({1: os.urandom(32)}).matches(1, check)
    assert "a master key" not in repr(MASTER)


def test_a_master_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "master.key"
    assert MasterKey.make(path)
    before = path.read_bytes()
    assert not MasterKey.make(path)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MasterKey.read(path).current == 1


def test_the_highest_version_wraps(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    keys = {2: os.urandom(32), 10: os.urandom(32)}
    path.write_text("".join(f"{n} {base64.b64encode(k).decode()}\n" for n, k in keys.items()))
    read = MasterKey.read(path)
    assert (read.current, read.versions) == (10, keys)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"1\n", b"1 short\n", b"one two\n", b"1 " + b"A" * 43 + b"!\n", b"1 QUJD\n", b"\xff\xfe", b"1 a b\n"],
)  # fmt: skip
def test_what_is_no_key_file_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    with pytest.raises(
        Misconfigured, match=r"^The master key at \S+ (cannot be read|is not a key file)\.$"
    ):
        MasterKey.read(path)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="inkling keys make"):
        MasterKey.read(tmp_path / "nothing")
    with pytest.raises(Misconfigured, match="cannot be read"):
        MasterKey.read(tmp_path)


def test_a_machine_with_the_wrong_key_does_not_start(
    cast: Cast, cast_url: str, tmp_path: Path
) -> None:
    right, wrong = tmp_path / "right.key", tmp_path / "wrong.key"
    write_master_key(right)
    MasterKey.make(wrong)
    cast.authority.close()
    with pytest.raises(Misconfigured, match="not the one of this database"):
        authorities.open(cast_url, wrong)
    opened: Authority = authorities.open(cast_url, right)
    assert opened.settings.name == "Westhaven Council"
    opened.close()


# -- What a thief of the database reads ----------------------------------------------------------------


def test_nothing_that_was_typed_is_readable_in_the_database(cast: Cast, cast_url: str) -> None:
    """Every door through which words come in; then every byte that the database holds."""
    lead, said = cast.actor("social_worker", confirmed=True), f"{CANARY} was said"
    (note,) = cast.worry("social_worker", "amara", saw=said, thinks=said, whose=said).note_ids
    notes.revise(
        lead, note,
        notes.NewNote(id=note, kind="worry", people=[cast["amara"]], saw=f"{said} twice"),
    )  # fmt: skip
    notes.reply(cast.actor("pastoral"), note, said, True)
    notes.withdraw(lead, note, said)
    (wrong,) = cast.worry("social_worker", "jude", saw=said).note_ids
    notes.wrong_person(lead, wrong, said)
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry", said)
    people.take_on(cast.actor("duty"), cast["lily"], said)
    plan = plans.set(lead, cast["amara"], "care order")
    plans.withdraw(lead, plan, said)
    relation = families.relate(lead, cast["amara"], kind="other", mentioned="Dan")
    families.withdraw(lead, relation, said)
    protections.protect(lead, cast["amara"], said, [cast["social_worker"]])
    protections.restrict(lead, cast["rhea"], said, [cast["social_worker"]])
    protections.lift_restriction(lead, cast["rhea"], said)
    held = conflicts_.declare(cast.actor("police"), cast["noor"], said)
    conflicts_.end(cast.system, held, said)
    link = identities.link(lead, cast["jude"], cast["rhea"], said)
    identities.unlink(lead, link, said)
    with pytest.raises(NotFound):
        people.look(lead, new_id())

    for blob in everything(cast.authority.store):
        assert CANARY.encode() not in blob
        assert base64.b64encode(CANARY.encode())[:12] not in blob
    if cast.authority.store.engine == "sqlite":
        path = Path(cast_url.removeprefix("sqlite:///"))
        for part in path.parent.glob(f"{path.name}*"):
            assert CANARY.encode() not in part.read_bytes()
    words = cast.authority.store.query("SELECT id FROM words")
    opened = cast.authority.vault.open(cast.authority.store, [row["id"] for row in words])
    assert sum(CANARY in text for text in opened.values()) >= 15  # and it was all kept


def everything(store: Store) -> list[bytes]:
    """Every value in every table."""
    if store.engine == "sqlite":
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    else:
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    rows = [
        row for table in store.query(sql) for row in store.query(f"SELECT * FROM {table['name']}")
    ]
    return [as_bytes(value) for row in rows for value in row.values()]


def as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
