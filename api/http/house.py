"""Operations and their door: who may ask, how often, and how it is answered.

There are no cookies here and no form's token: each request says by its token whose it is. An endpoint
that states no operation is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

from flask import Blueprint, current_app, g, request
from werkzeug.wrappers import Response

from api.authority import Authority
from api.errors import Invalid, NotFound, TooOften
from api.http.schemas import Schema
from api.staff import attempts, tokens
from api.trust.actor import Actor

PREFIX = "/api/v1"

# So often may a token ask, or a machine without a good one.
TRIES, SECONDS = 300, 60
STRANGERS_TRIES = 60

api = Blueprint("api", __name__, url_prefix=PREFIX)

Handler = Callable[..., Response]


@dataclass(frozen=True)
class Parameter:
    """What an operation takes beside its body: in the path, the query or a header."""

    name: str
    place: str
    schema: Schema
    about: str
    required: bool = True


@dataclass(frozen=True)
class Operation:
    """One method of one path: all that the door and the document have to know of it.

    `answers` are the statuses that it gives where all went well, each with its shape (None: no body).
    """

    name: str
    method: str
    path: str
    scope: str
    summary: str
    about: str
    sent: Schema | None
    answers: dict[int, tuple[str, Schema | None]]
    refusals: Sequence[int]
    parameters: Sequence[Parameter] = field(default_factory=tuple)


operations: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    scope: str,
    summary: str,
    about: str,
    answers: dict[int, tuple[str, Schema | None]],
    refusals: Sequence[int] = (),
    sent: Schema | None = None,
    parameters: Sequence[Parameter] = (),
) -> Callable[[Handler], Handler]:
    """Declare an operation and its route; `path` is as OpenAPI writes it, ids as `{person_id}`."""
    if scope not in tokens.SCOPES:
        raise TypeError(f"no such scope: {scope}")

    def declare(handler: Handler) -> Handler:
        stated = Operation(
            handler.__name__,
            method,
            path,
            scope,
            summary,
            about,
            sent,
            answers,
            refusals,
            parameters,
        )
        operations.append(stated)
        handler.operation = stated  # type: ignore[attr-defined]
        api.add_url_rule(
            route(path),
            handler.__name__,
            handler,
            methods=[method],
            provide_automatic_options=False,
        )
        return handler

    return declare


def route(path: str) -> str:
    """Give a path as Flask writes it: what is called an id is one of ours."""
    for name in ("person_id", "filing_id"):
        path = path.replace(f"{{{name}}}", f"<uuid:{name}>")
    return path.replace("{", "<").replace("}", ">")


def is_ours(path: str) -> bool:
    """Whether an address is one of the API, or would be."""
    return path == "/api" or path.startswith("/api/")


# --- The door ------------------------------------------------------------------------------------


@api.before_request
def let_in() -> Response | None:
    """Let a request through to its operation: a good token, not too often, and for this."""
    if request.endpoint == "api.document":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    stated: Operation | None = getattr(view, "operation", None)
    if stated is None:
        raise NotFound("There is no such address.")
    actor = tokens.resume(_authority(), _secret())
    if actor is None:
        _count(f"api {request.remote_addr}", STRANGERS_TRIES)
        answer = problem(401, "Send a token that is good: Authorization: Bearer and the token.")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Inkling"'
        return answer
    g.actor = actor
    _count(f"api {actor.id}", TRIES)
    if stated.scope not in actor.scopes:
        tokens.refuse(actor, stated.scope)
    known = {one.name for one in stated.parameters if one.place == "query"}
    for name in request.args:
        if name not in known:
            raise Invalid("There is no such parameter.", name if name.isidentifier() else None)
    return None


@api.after_request
def say_limits(response: Response) -> Response:
    """Say how often one may ask, and how often still."""
    limit: tuple[int, int, int] | None = g.get("limit")
    if limit:
        quota, left, seconds = limit
        response.headers["RateLimit-Policy"] = f'"token";q={quota};w={SECONDS}'
        response.headers["RateLimit"] = f'"token";r={left};t={seconds}'
    response.vary.add("Authorization")
    return response


def actor() -> Actor:
    """Give the system that asks."""
    return cast(Actor, g.actor)


def _secret() -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _count(bucket: str, tries: int) -> None:
    try:
        left, seconds = attempts.count(_authority(), bucket, tries, SECONDS)
    except TooOften as error:
        g.limit = (tries, 0, error.wait)
        raise
    g.limit = (tries, left, seconds)


def _authority() -> Authority:
    return cast(Authority, current_app.extensions["authority"])


# --- Answering -----------------------------------------------------------------------------------


def answer(said: dict[str, Any], status: int = 200) -> Response:
    """Answer with JSON. What is read carries a tag of what this token was shown, so that asking again
    costs little; it is given after access was decided, and left its row, like any other answer."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    response = Response(text, status, mimetype="application/json")
    if request.method in ("GET", "HEAD"):
        tag = hashlib.sha256(f"{actor().id}\n{text}".encode()).hexdigest()[:32]
        response.set_etag(tag)
        response.make_conditional(request)
    return response


def problem(status: int, sentence: str, about: str | None = None) -> Response:
    """Answer with what is wrong, as RFC 9457 has it."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
    }
    if about:
        said["field"] = about
    return Response(json.dumps(said), status, mimetype="application/problem+json")
