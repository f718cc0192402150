"""What the house itself answers: that it stands, and what an installed app asks for."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from api.errors import Unavailable
from pwa import security
from pwa.pages import notes

page = Blueprint("house", __name__)

BUILT = Path(__file__).parents[1] / "static" / "built"
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # the build compressed them already; the best comes first
mimetypes.add_type("text/javascript", ".js")  # whatever this machine's own list says


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
    """Give the service worker. Never cached, so that a mended one arrives at once.

    It says which pages devices keep, as a digest, so that a device notices when they change.
    """
    response = _built_file("sw.js", "text/javascript")
    kept = offline_page() + notes.render_shell()
    digest = hashlib.sha256(kept.encode()).hexdigest()[:12]
    response.data = response.get_data().replace(b"@pages@", digest.encode())
    return response


@page.get("/offline")
def offline() -> Response:
    """Give the page that stands in when there is no signal: the same for everyone."""
    return Response(offline_page(), headers={"Cache-Control": "no-cache"})


def offline_page() -> str:
    """Render the page that stands in for all others."""
    return render_template("offline.html")


@page.get("/static/<name>")
def static(name: str) -> Response:
    """Give a built file. Its name carries a hash of its content, so it may be kept for a year."""
    if name not in security.all_built().values():
        abort(404)
    kind = mimetypes.guess_type(name)[0]
    for encoding, ending in ENCODINGS.items():
        if request.accept_encodings[encoding] and (BUILT / f"{name}{ending}").exists():
            response = send_from_directory(BUILT, f"{name}{ending}", mimetype=kind)
            response.content_encoding = encoding
            break
    else:
        response = send_from_directory(BUILT, name, mimetype=kind)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _built_file(name: str, mimetype: str) -> Response:
    content = (BUILT / security.built(name)).read_bytes()
    return Response(content, mimetype=mimetype, headers={"Cache-Control": "no-cache"})
