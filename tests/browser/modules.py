"""The pages' own modules, called from a test: bundled from the same source, for the same browsers."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "pwa/static/src"


def load(page: Page, **modules: str) -> None:
    """Put modules into a page: `load(page, sealing="./sealing.js")` makes `window.sealing`."""
    page.evaluate(
        _bundle("\n".join(f'export * as {name} from "{at}"' for name, at in modules.items()))
    )


@cache
def _bundle(entry: str) -> str:
    # Node may stand beside Python (Makefile).
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    made = subprocess.run(
        [
            ROOT / "node_modules/.bin/esbuild",
            *(
                "--bundle",
                "--minify",
                "--format=iife",
                "--global-name=loaded",
                "--target=chrome109",
            ),
        ],
        input=entry,
        cwd=SOURCE,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return f"(() => {{{made.stdout}; Object.assign(window, loaded)}})()"
