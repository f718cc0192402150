"""schemathesis asks every operation for what the document describes, and for what it does not.

It finds no fault of ours, and no answer that the document does not describe.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import http
from api.facts import search
from api.http import house
from api.record import systems as core
from tests.api import systems as made
from tests.cast import Cast

EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

asked = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is slowed down here: it would be all that is found."""
    monkeypatch.setattr(house, "TRIES", 100_000)
    monkeypatch.setattr(search, "TRIES", 100_000)
    monkeypatch.setattr(core, "LOOKED_UP", 100_000)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("number", range(len(http.operations)))
@pytest.mark.usefixtures("unlimited")
def test_nothing_is_a_fault_or_undocumented(
    app: Flask, cast: Cast, number: int, mode: GenerationMode
) -> None:
    stated = http.operations[number]
    # Its client reads nothing that is compressed.
    token = made.make(cast).secret
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    document = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", app, base_url=app.extensions["config"].origin
    )
    operation = document[stated.path][stated.method]
    filing = made.filed(cast, token) if "filings" in stated.path else ""
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
    seen: set[int] = set()

    @asked
    @given(
        case=operation.as_strategy(generation_mode=mode),
        known=st.sampled_from([cast["amara"], cast["lily"], cast["noor"], None]),
    )
    def ask(case: Any, known: str | None) -> None:
        if known and mode is GenerationMode.POSITIVE:
            put_in(case, known, filing)
        response = case.call_and_validate(
            base_url=app.extensions["config"].origin + http.PREFIX, headers=headers, checks=checks
        )
        seen.add(response.status_code)

    ask()
    assert seen <= {
        int(status)
        for status in document.raw_schema["paths"][stated.path][stated.method.lower()]["responses"]
    }
    if mode is GenerationMode.POSITIVE:
        assert seen & set(stated.answers), seen


def put_in(case: Any, person_id: str, filing_id: str) -> None:
    """Ask about somebody whom the token sees: ids made by chance are nobody's."""
    if "filing_id" in (case.path_parameters or {}):
        case.path_parameters["filing_id"] = filing_id
        if isinstance(case.body, dict):
            case.body |= {"reference": "12345", "why": "Nobody of this name."}
    if "person_id" in (case.path_parameters or {}):
        case.path_parameters["person_id"] = person_id
    if isinstance(case.body, dict):
        if "person_id" in case.body:
            case.body["person_id"] = person_id
            case.body.pop("staff_number", None)
        if "people" in case.body:
            case.body |= {"people": [person_id], "staff_number": "W005"}
            for name in ("categories", "audience"):
                case.body.pop(name, None)
