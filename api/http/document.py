"""OpenAPI 3.1, made of the operations themselves, so that it cannot say anything else."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response

from api.http import schemas
from api.http.house import PREFIX, Operation, api, operations
from api.staff import tokens

# Every operation may be refused so.
ALWAYS = (401, 403, 405, 421, 422, 429, 500, 503)

REFUSALS = {
    400: "What was sent is no JSON, or was cut off.",
    401: "No token, or one that is good for nothing.",
    403: "The token is not for this.",
    404: "There is no such thing, or nothing that this token may know of.",
    405: "Not with this method.",
    409: "Something else happened first.",
    413: "Too large.",
    415: "Send application/json.",
    421: "Not at this address.",
    422: "What was sent cannot be taken; field says what it is about.",
    429: "Too often: wait for Retry-After.",
    500: "The fault is ours.",
    503: "Not available just now: wait for Retry-After.",
}


@api.get("/openapi.json", provide_automatic_options=False)
def document() -> Response:
    """Give the document."""
    return Response(text(), mimetype="application/json", headers={"Cache-Control": "no-cache"})


@cache
def text() -> str:
    """Give the document as text."""
    return json.dumps(build(), indent=1)


def build() -> dict[str, Any]:
    """Make the document."""
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    scopes = " ".join(f"`{name}`: {what}." for name, what in tokens.SCOPES.items())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inkling for other systems",
            "version": "1",
            "description": "A token belongs to one agency and one purpose. It sees its agency's own "
            "people and whom it looks up: never notes, restricted people, sealed services or a protected "
            f"place. Everything leaves a trace. Scopes: {scopes}",
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {name: {"post": _webhook(name, what)} for name, what in schemas.TOLD.items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": schemas.PROBLEM},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": f"{one.about} Scope: {one.scope}.",
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.place,
                "required": parameter.required,
                "description": parameter.about,
                "schema": parameter.schema,
            }
            for parameter in one.parameters
        ],
        "responses": _responses(one),
    }
    if one.sent:
        said["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": one.sent}},
        }
    return said


def _webhook(name: str, what: str) -> dict[str, Any]:
    """Describe what a system is sent, at the addresses that an administrator has listed for it."""
    return {
        "operationId": f"told_{name.replace('.', '_')}",
        "summary": what,
        "description": "Signed as Standard Webhooks 1.0.0 has it, in order, at least once: the same "
        "webhook-id is the same message. Fetch from data.fetch with your token.",
        "security": [],
        "parameters": [
            {"name": header, "in": "header", "required": True, "schema": schemas.STRING}
            for header in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schemas.told(name)}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again, for three days."},
            "410": {"description": "Tell this address nothing any more."},
        },
    }


def _responses(one: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for status, (what, shape) in one.answers.items():
        said[str(status)] = {"description": what}
        if shape:
            said[str(status)]["content"] = {"application/json": {"schema": shape}}
        if one.method == "GET":
            said[str(status)]["headers"] = {
                "ETag": {"description": "Of what you were shown.", "schema": schemas.STRING}
            }
    for status in sorted({*ALWAYS, *one.refusals}):
        said[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}. {REFUSALS[status]}",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    for later in ("429", "503"):
        said[later]["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
        }
    return said
