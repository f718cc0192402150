"""Filing a note from its page: one button, then how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from api import moment
from api.record import notes, protections, receipts
from api.record.notes import NewNote
from api.record.receipts import Receipt
from api.staff import tokens
from api.trust.actor import Actor
from tests.api import systems
from tests.cast import Cast
from tests.web import Page, Visitor


@pytest.fixture
def liquid(cast: Cast) -> Actor:
    return systems.actor(cast, "school")


@pytest.fixture
def note(cast: Cast) -> str:
    made = cast.worry("social_worker", "amara").note_ids[0]
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at
    return made


def press(visitor: Visitor, page: Page, note: str, *, part: bool = False) -> Page:
    fields = {name: page.field(name) for name in ("system", "revision")}
    return visitor.post(f"/notes/{note}/file", fields, 200 if part else 303, part=part)


def buttons(page: Page) -> list[str]:
    return [b for b in ("".join(one.itertext()) for one in page.all("button")) if "ile" in b]


def test_one_button_then_filing_then_its_reference(
    cast: Cast, sign_in_as: Callable[[str], Visitor], liquid: Actor, note: str
) -> None:
    pastoral = sign_in_as("pastoral")
    page = pastoral.get(f"/notes/{note}")
    assert buttons(page) == ["File in Case system"]
    part = press(pastoral, page, note, part=True)
    assert "Filing in Case system… asked by Pat Osei" in part.text
    assert buttons(part) == []
    press(pastoral, page, note)  # the page of before, pressed again
    (filing,) = receipts.fetch(liquid).filings
    receipts.receive(liquid, filing.id, Receipt("filed", "12345"))
    page = pastoral.get(f"/notes/{note}")
    assert "Filed in Case system on " in page.text
    assert "reference 12345" in page.text
    assert buttons(page) == []
    assert "Case system" not in sign_in_as("social_worker").get(f"/notes/{note}").text

    correction = NewNote(id=note, kind="worry", people=[cast["amara"]], saw="It was not raining.")
    notes.revise(cast.actor("social_worker"), note, correction)
    page = pastoral.get(f"/notes/{note}")
    assert "It was corrected since." in page.text
    assert buttons(page) == ["File the correction in Case system"]


def test_a_refusal_is_shown_with_a_try_again(
    sign_in_as: Callable[[str], Visitor], liquid: Actor, note: str
) -> None:
    pastoral = sign_in_as("pastoral")
    press(pastoral, pastoral.get(f"/notes/{note}"), note)
    (filing,) = receipts.fetch(liquid).filings
    receipts.receive(liquid, filing.id, Receipt("refused", why="Nobody of this name."))
    page = pastoral.get(f"/notes/{note}")
    assert "Case system refused it" in page.text
    assert "Nobody of this name." in page.text
    assert buttons(page) == ["Try again: file in Case system"]
    press(pastoral, page, note)
    assert "Filing in Case system…" in pastoral.get(f"/notes/{note}").text


def test_what_was_corrected_meanwhile_is_read_first(
    cast: Cast, sign_in_as: Callable[[str], Visitor], liquid: Actor, note: str
) -> None:
    pastoral = sign_in_as("pastoral")
    page = pastoral.get(f"/notes/{note}")
    correction = NewNote(id=note, kind="worry", people=[cast["amara"]], saw="It was not raining.")
    notes.revise(cast.actor("social_worker"), note, correction)
    fields = {name: page.field(name) for name in ("system", "revision")}
    refused = pastoral.post(f"/notes/{note}/file", fields, 409)
    assert "corrected meanwhile" in refused.text
    assert receipts.fetch(liquid).filings == []


@pytest.mark.parametrize("why", ["revoked", "protected"])
def test_what_cannot_be_given_any_more_is_not_said_to_be_on_its_way(
    cast: Cast, sign_in_as: Callable[[str], Visitor], liquid: Actor, note: str, why: str
) -> None:
    pastoral = sign_in_as("pastoral")
    press(pastoral, pastoral.get(f"/notes/{note}"), note)
    if why == "revoked":
        tokens.revoke(cast.system, liquid.id)
    else:
        lead, named = cast.actor("social_worker"), [cast["social_worker"], cast["pastoral"]]
        protections.protect(lead, cast["amara"], "Her father.", named)
    page = pastoral.get(f"/notes/{note}")
    assert "Not filed in Case system: it cannot be given there now." in page.text
    assert "Filing in" not in page.text
