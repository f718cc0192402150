"""The repository holds our own work and nothing else, and its lists of packages agree."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = {"package-lock.json", "requirements.txt", "requirements-dev.txt"}
LARGEST = 300_000

# Made by a build, a tool or someone else.
NOT_OURS = re.compile(
    r"(^|/)(node_modules|built|dist|\.venv|vendor|__pycache__|instance)/|\.(min\.(js|css)|map|pyc|db)$"
)
INLINE = {
    "a script without a file": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on, which needs eval": re.compile(r"\s(data-)?hx-on", re.IGNORECASE),
    "a js: value, which needs eval": re.compile(r"[\"'](js|javascript):", re.IGNORECASE),
}


def git_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def pins(name: str) -> dict[str, tuple[Version, int]]:
    """Each pinned package, with how many hashes hold it."""
    found: dict[str, tuple[Version, int]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text().strip()):
        head, *hashes = block.split("--hash=sha256:")
        package, version = head.partition(";")[0].strip(" \\\n").split("==")
        version = version.split()[0]
        found[canonicalize_name(package.partition("[")[0])] = (Version(version), len(hashes))
    return found


def wanted(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = list(project["project"]["dependencies"])
    if dev:
        names += project["dependency-groups"]["dev"]
    return [Requirement(name) for name in names]


def test_nothing_built_or_borrowed_is_tracked() -> None:
    assert not [name for name in git_files() if NOT_OURS.search(name)]


def test_no_file_is_large() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in git_files() if name not in LOCKS}
    assert not {name: size for name, size in sizes.items() if size > LARGEST}


def templates() -> list[Path]:
    return sorted((ROOT / "pwa" / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_a_template_holds_no_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not [what for what, pattern in INLINE.items() if pattern.search(text)]


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        '<script type="module">x()</script>',
        "<style>p {}</style>",
        '<p class="a" style="color: red">',
        '<a href="#" onclick="x()">',
        '<a hx-on:click="x()">',
        "<a hx-vals='js:{a: 1}'>",
    ],
)
def test_the_template_guard_bites(html: str) -> None:
    assert [what for what, pattern in INLINE.items() if pattern.search(html)]


def test_the_template_guard_lets_files_be() -> None:
    html = '<script type="module" src="/static/app.js"></script><p data-only="x" class="on">'
    assert not [what for what, pattern in INLINE.items() if pattern.search(html)]


@pytest.mark.parametrize(
    ("name", "dev"), [("requirements.txt", False), ("requirements-dev.txt", True)]
)
def test_pins_agree_with_pyproject(name: str, dev: bool) -> None:
    pinned = pins(name)
    for requirement in wanted(dev=dev):
        version, _ = pinned[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement}: {version} (make pins)"
    assert all(hashes for _, hashes in pinned.values())


def test_both_lists_pin_the_same_versions() -> None:
    both = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: version for name, (version, _) in both[0].items()} == {
        name: version for name, (version, _) in both[1].items() if name in both[0]
    }


def test_pins_say_nothing_of_where_they_were_made() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert not re.search(
            r"://|--(extra-)?index|--find-links|^#", (ROOT / name).read_text(), re.MULTILINE
        )
    for package in json.loads((ROOT / "package-lock.json").read_text())["packages"].values():
        assert "resolved" not in package


def test_npm_packages_are_pinned_and_locked_alike() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} is not pinned exactly"
        assert locked[f"node_modules/{name}"]["version"] == version
