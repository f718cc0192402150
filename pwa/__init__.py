"""What people see. `create_app` puts the house together: settings, door, pages, problems."""

from __future__ import annotations

import json
import os
from pathlib import Path

from flask import Flask
from flask_compress import Compress
from govuk_frontend_wtf.main import WTFormsHelpers
from htmx_flask import Htmx
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from api import authority as authorities
from api import http
from api.authority import Authority
from api.errors import Misconfigured
from pwa import logs, pages, problems, rendering, security, wording
from pwa.config import Config

HERE = Path(__file__).parent
BUILT = HERE / "static" / "built"


def create_app(config: Config | None = None, authority: Authority | None = None) -> Flask:
    """Make the web app. Without arguments it reads its settings from the environment.

    Raises Misconfigured or Unavailable, each with one sentence, where it could not serve.
    """
    config = config or Config.read(os.environ)
    built = _built()
    authority = authority or authorities.open(config.database_url, config.master_key_file)
    _check_demo(config, authority)

    app = Flask("pwa", static_folder=None, template_folder=None)
    app.extensions.update(config=config, authority=authority, built=built)
    app.config.update(COMPRESS_ALGORITHM=["br", "zstd", "gzip"], COMPRESS_BR_LEVEL=5)
    app.jinja_environment = rendering.Pages
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(HERE / "templates"),
            PrefixLoader(
                {
                    name: PackageLoader(name)
                    for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")
                }
            ),
        ]
    )
    logs.watch(app)
    Compress(app)
    Htmx(app)
    WTFormsHelpers(app)
    security.protect(app, config)
    problems.handle(app)
    wording.install(app)
    pages.open_all(app)
    app.register_blueprint(http.api)
    return app


def _built() -> dict[str, str]:
    """Read which built file stands for which name."""
    try:
        named: dict[str, str] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured("The pages' assets are not built. Run: make assets") from error
    return named


def _check_demo(config: Config, authority: Authority) -> None:
    if config.demo and not authority.settings.demo:
        raise Misconfigured(
            "INKLING_DEMO is set, but this database is not a demo. Run: inkling demo"
        )
    if authority.settings.demo and not config.is_local:
        raise Misconfigured("This database holds the demo, which is served on this machine only.")
