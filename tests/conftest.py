"""What every test stands on: two engines, fixed chance, and no network."""

from __future__ import annotations

import ipaddress
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import engines

if TYPE_CHECKING:
    from api.authority import Authority
    from api.store import Store
    from tests.cast import Cast
    from tests.twins.playing import Twins

SEED = 20261101

settings.register_profile(
    "fixed",
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", parent=settings.get_profile("fixed"), max_examples=2000)
settings.load_profile("fixed")


# -- No network ----------------------------------------------------------------


def _is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    # An audit hook sees every socket of this process, and no library can go round it.
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket is a path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        pytest.fail(f"A test reached for the network: {event} {host!r}")


sys.addaudithook(_refuse_network)


# -- A run -----------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    from api.store import postgres
    from tests import compiled

    compiled.keep()
    engines.begin()
    vars(postgres)["ConnectionPool"] = engines.pool


def pytest_unconfigure(config: pytest.Config) -> None:
    engines.end()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are processors: one always waits for the database or the browser."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parent.parts:
            item.add_marker(pytest.mark.browser)
    # Last, on every worker: playwright leaves an event loop running in the thread that it was
    # started in, and nothing else can run one there afterwards.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def fixed_chance() -> None:
    random.seed(SEED)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own INKLING_ settings must not change what a test sees."""
    for name in list(os.environ):
        if name.startswith("INKLING_") and not name.startswith("INKLING_TEST"):
            monkeypatch.delenv(name)


# -- Stores ----------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it, or for `store`, runs once on either engine."""
    return str(request.param)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every migration in it, made once a worker and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "inkling.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a fresh, migrated database stands; gone after the test."""
    if engine == "sqlite":
        origin: Path = request.getfixturevalue("migrated_file")
        path = tmp_path / "inkling.db"
        for suffix in ("", "-wal"):  # what has not reached the file yet stands beside it
            if (part := Path(f"{origin}{suffix}")).exists():
                shutil.copy(part, f"{path}{suffix}")
        yield f"sqlite:///{path}"
    else:
        url = engines.lend(engines.once("migrated", _migrate))
        yield url
        engines.give_back(url)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """Where an empty database stands, for tests of the migrations themselves."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = engines.create_database()
        yield url
        engines.drop(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh, migrated store on each engine, closed after the test so that connections stay few."""
    import api.store

    opened = api.store.open(store_url)
    yield opened
    opened.close()


# -- The cast --------------------------------------------------------------------


Origin = Callable[[str], tuple[str, dict[str, str]]]


@pytest.fixture(scope="session")
def cast_origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """Where the cast's database stands on an engine, made once, and the ids of its people."""
    return _origin("cast", _fill, tmp_path_factory)


@pytest.fixture(scope="session")
def twins_origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """The same for twins: founded on the day before anything happens to them, whatever day it is."""
    return _origin("twins", _fill_before, tmp_path_factory)


def _origin(name: str, fill: Callable[[str], None], folders: pytest.TempPathFactory) -> Origin:
    made: dict[str, tuple[str, dict[str, str]]] = {}

    def origin(engine: str) -> tuple[str, dict[str, str]]:
        if engine not in made:
            if engine == "sqlite":
                url = f"sqlite:///{folders.mktemp(name) / 'inkling.db'}"
                fill(url)
            else:
                url = engines.once(name, fill)
            made[engine] = (url, _ids(url))
        return made[engine]

    return origin


@pytest.fixture
def cast_url(
    engine: str,
    cast_origin: Origin,
    tmp_path: Path,
) -> Iterator[str]:
    """Where a fresh copy of the cast's database stands; gone after the test."""
    origin, _ = cast_origin(engine)
    if engine == "sqlite":
        path = tmp_path / "cast.db"
        shutil.copy(origin.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
    else:
        url = engines.lend(origin)
        yield url
        engines.give_back(url)


@pytest.fixture
def cast(
    engine: str,
    cast_url: str,
    cast_origin: Origin,
) -> Iterator[Cast]:
    """The cast (tests/cast.py) in an authority of its own, on each engine."""
    from tests.cast import reopen

    opened = reopen(cast_url, cast_origin(engine)[1])
    yield opened
    opened.authority.close()


@pytest.fixture
def authority(cast: Cast) -> Authority:
    """The authority that the cast works for."""
    return cast.authority


@pytest.fixture
def twins_on(
    twins_origin: Origin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Twins]:
    """Copies of the cast on an engine that differ only in what is hidden from somebody (tests/twins).

    Chance and the clocks that it goes by are frozen while they are played and read.
    """
    from tests.twins.chance import CHANCE
    from tests.twins.playing import Twins

    frozen: list[bool] = []

    def on(engine: str) -> Twins:
        url, ids = twins_origin(engine)
        if not frozen:
            CHANCE.freeze(monkeypatch)
            frozen.append(True)
        return Twins(url, ids, tmp_path)

    return on


@pytest.fixture
def twins(twins_on: Callable[[str], Twins]) -> Twins:
    """Such copies on SQLite, for what does not go by the engine."""
    return twins_on("sqlite")


def _fill(url: str) -> None:
    from tests.cast import found

    _migrate(url)
    cast = found(url)
    cast.authority.store.truncate_log()
    cast.authority.close()


def _fill_before(url: str) -> None:
    from tests.twins.chance import CHANCE, DAY_BEFORE

    with pytest.MonkeyPatch.context() as frozen:
        CHANCE.freeze(frozen)
        CHANCE.begin("founded", DAY_BEFORE)
        _fill(url)


def _ids(url: str) -> dict[str, str]:
    """Find the ids of the cast in a database that another worker may have filled."""
    import api.store
    from tests.cast import find_ids

    store = api.store.open(url)
    try:
        return find_ids(store)
    finally:
        store.close()


def _migrate(url: str) -> None:
    import api.store

    store = api.store.open(url)
    try:
        store.migrate()
    finally:
        store.close()
