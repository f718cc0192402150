"""What stands in every world before anything happens: feeds that reported once, systems with their tokens
and an address that is told, phones that take pushes, roles, and how long things are kept."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from api import authority as authorities
from api.facts import loading, mapping, sources
from api.facts.loading import LoadReport
from api.facts.sources import NewSource
from api.staff import practitioners, tokens
from api.store import subscriptions
from api.telling import webhooks
from api.trust import vapid
from api.trust.actor import Actor
from tests import forgetting
from tests.api.test_loading import WORKERS
from tests.cast import LISTS, Cast
from tests.push_service import Browser

# Which agency reports by which feed, and who answers for it.
FEEDS = {
    "index": (None, "steward"),
    "care": ("care", "steward"),
    "harbour": ("harbour", "sealed_supervisor"),
}
HEAD = "No,First,Last,Born,NHS,Address,Worker,Email,From\n"
INDEX_HEAD = "id,firstName,lastName,dateOfBirth,gender,address\n"
MILL_LANE = '"12 Mill Lane, Westhaven, ZZ17 8AU"'
WORKER = "{name},{email}@westhaven.example,01/02/2020"
JO = WORKER.format(name="Jo Marsh", email="social_worker")
SIL = WORKER.format(name="Sil Brook", email="sealed")

# What each feed said first. The care feed spoke of Rhea before she was restricted.
FIRST = {
    "index": f"{INDEX_HEAD}1,Amara,Okafor,03/05/2019,Female,{MILL_LANE}\n"
    f"2,Jude,Okafor,20/01/2022,Male,{MILL_LANE}\n3,Lily,Hart,09/09/2015,Female,{MILL_LANE}\n",
    "care": f"{HEAD}1,Amara,Okafor,03/05/2019,,{MILL_LANE},{JO}\n"
    f"2,Rhea,Stone,06/06/2016,,{MILL_LANE},{JO}\n3,Noor,Khan,18/08/2018,,{MILL_LANE},{JO}\n",
    "harbour": f"{HEAD}1,Amara,Okafor,03/05/2019,,{MILL_LANE},{SIL}\n",
}

# Whose systems ask the API.
SYSTEMS = ("school", "care", "health")
TOLD = ("school", "care")

# Whose phones take pushes.
PHONES = (
    *("social_worker", "colleague", "supervisor", "pastoral", "safeguarding", "health_visitor"),
    *("duty", "duty_supervisor", "outsider", "police", "governance", "steward", "administrator"),
    *("sealed", "sealed_supervisor"),
)


def furnish(cast: Cast) -> None:
    """Let all of it stand in a cast, as everybody may know it (and a sensitive service its own)."""
    system = cast.system
    for who, scope, of in (
        ("governance", "authority", "authority"),
        ("sealed_supervisor", "agency", cast["harbour"]),
    ):
        practitioners.grant(system, cast[who], "governance lead", scope, of)
    authorities.set_retention(system, replace(LISTS, retention=forgetting.RULES))
    for code, (agency, steward) in FEEDS.items():
        makes = code == "index"
        text = mapping.shipped("people") if makes else WORKERS
        source = sources.add(
            system,
            NewSource(
                code=code,
                name=f"The {code} feed",
                mapping=text,
                agency_id=cast[agency] if agency else None,
                makes_people=makes,
            ),
        )
        practitioners.grant(system, cast[steward], "data steward", "source", source)
        load(system, code, FIRST[code])
    for agency in SYSTEMS:
        made = tokens.make(
            system,
            agency_id=cast[agency],
            name=f"{agency} system",
            scopes=tuple(tokens.SCOPES),
            purpose="enquiry",
            days=300,
        )
        cast.ids[f"token {agency}"], cast.ids[f"secret {agency}"] = made.id, made.secret
    for agency in TOLD:
        source = next(
            one.source_id for one in tokens.every(system) if one.agency_id == cast[agency]
        )
        hook = webhooks.add(
            system, source, f"https://{agency}.case.example/told", [".case.example"]
        )
        cast.ids[f"webhook {agency}"], cast.ids[f"webhook secret {agency}"] = hook.id, hook.secret
    vapid.public_key(cast.authority)


def load(actor: Actor, code: str, text: str) -> LoadReport:
    """Load a file of a feed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_text(text)
        return loading.load(actor, code, path, accept_missing=True)


def takes_push(cast: Cast, enrolment: str, browser: Browser) -> None:
    """Let somebody's device take pushes."""
    cast.authority.store.upkeep(
        lambda tx: subscriptions.add(tx, enrolment, browser.endpoint, browser.p256dh, browser.auth)
    )


def told_at(cast: Cast, agency: str, url: str) -> None:
    """Let an agency's system be told on this machine, which is never listed."""
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE webhooks SET url = :url WHERE id = :id", url=url, id=cast[f"webhook {agency}"]
        )
    )
