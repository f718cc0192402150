"""The JSON API for other systems, under /api/v1: thin. The only Flask in `api`.

    house.py      operations and their door: who may ask, how often, and how it is answered
    reading.py    strict JSON, held against the schemas
    schemas.py    what is sent and answered, each shape once
    people.py     search, the directory view, who supports a person
    saying.py     involvements by the source's own id, notes of mapped practitioners
    events.py     what happened to an agency's own rows
    document.py   OpenAPI 3.1, made of the operations themselves

An operation states its method, path, scope and shapes in one place (`@operation(...)`): the route, the
door, the reading of what is sent and the document are all made from that.
"""

from __future__ import annotations

from api.http import document, events, filings, people, saying
from api.http.house import PREFIX, api, is_ours, operations, problem

__all__ = [
    "PREFIX",
    "api",
    "document",
    "events",
    "filings",
    "is_ours",
    "operations",
    "people",
    "problem",
    "saying",
]
