"""Run every bench and print its figures: `python -m bench`, or `python -m bench child_page`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
)
# What the others use, and what takes minutes to fill.
ASKED_FOR_ONLY = ("memory", "oversight", "people", "world")


def main(chosen: list[str]) -> None:
    """Run the chosen benches, or all."""
    for name in chosen or [name for name in NAMES if name not in ASKED_FOR_ONLY]:
        bench = importlib.import_module(f"bench.{name}")
        print(f"\n{bench.__doc__.splitlines()[0]}", flush=True)
        bench.run()


if __name__ == "__main__":
    main(sys.argv[1:])
