"""What the house itself answers: that it stands, and what an installed app asks for."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, send_from_directory

from api.errors import Unavailable
from pwa import security

page = Blueprint("house", __name__)


@page.get("/healthz")
def alive() -> Response:
    """Answer that this process runs."""
    return Response("alive\n", mimetype="text/plain")


@page.get("/readyz")
def ready() -> Response:
    """Answer whether requests can be served: the database takes a write."""
    try:
        security.authority().check()
    except Unavailable as error:
        return Response(f"{error.sentence}\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@page.get("/manifest.webmanifest")
def manifest() -> Response:
    """Give the web app manifest."""
    return _built_file("app.webmanifest", "application/manifest+json")


@page.get("/sw.js")
def service_worker() -> Response:
    """Give the service worker. Never cached, so that a mended one arrives at once."""
    return _built_file("sw.js", "text/javascript")


@page.get("/offline")
def offline() -> Response:
    """Give the page that stands in when there is no signal: the same for everyone."""
    return Response(render_template("offline.html"), headers={"Cache-Control": "no-cache"})


def _built_file(name: str, mimetype: str) -> Response:
    response = send_from_directory(
        current_app.static_folder or "", security.built(name), mimetype=mimetype, max_age=0
    )
    response.headers["Cache-Control"] = "no-cache"
    return response
