"""The whole service for one test: the pages on a port of this machine, and a clock to turn."""

from __future__ import annotations

import io
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from push import worker
from pwa import create_app
from pwa.config import Config
from tests.cast import Cast

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass
class Clock:
    """The store's time: the real one, and as much later as the test wants it to be."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **span: float) -> None:
        """Let time pass; `span` as for timedelta."""
        self.ahead += timedelta(**span)


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request. The standard library's: it closes answers that nobody waited for."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.reachable = threading.Event()
        self.reachable.set()
        self.silent = False  # where it is not reachable: whether it lets people wait for nothing
        self.answering: set[int] = set()  # threads that are at work on an answer


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def parse_request(self) -> bool:
        """Hang up while nobody is to reach the service, also on connections that stand already."""
        server = cast(Server, self.server)
        if not super().parse_request():
            return False
        if server.reachable.is_set():
            return True
        if server.silent:
            server.reachable.wait(30)
        return False

    def get_environ(self) -> dict[str, Any]:
        """Say over which connection a request came, so that its answer can be lost."""
        return {**super().get_environ(), "tests.connection": self.connection}

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Site:
    """Serves the cast's authority while it is entered: `with Site(cast) as site`."""

    cast: Cast
    clock: Clock = field(default_factory=Clock)
    origin: str = ""
    # Whether the answer to this path is lost on its way back, once the service has done its work.
    loses: Callable[[str], bool] = lambda _path: False
    # What stands between browsers and the service: gives what is posted on, or a status and an answer
    # of its own. Here and not in the browser, where a service worker may go round it.
    between: Callable[[str, str], str | tuple[str, str]] = lambda _path, posted: posted

    def __enter__(self) -> Self:
        self.cast.authority.store.clock = self.clock
        self._server = Server(("127.0.0.1", 0), Quiet)
        self.origin = f"http://localhost:{self._server.server_port}"
        config = Config(
            master_key_file=Path("the authority is open already"),
            database_url="",
            origin=self.origin,
            secret_key=secrets.token_hex(32),
            demo=True,
        )
        self.app = create_app(config, self.cast.authority)
        self._server.set_app(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        # What a page asked for as it was closed is at work still, and the store is closed next.
        end = time.monotonic() + 30
        while self._server.answering:
            assert time.monotonic() < end, "the service is still at work on an answer"
            time.sleep(0.01)

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        me = threading.get_ident()
        self._server.answering.add(me)
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            posted = environ["wsgi.input"].read(length).decode()
            passed_on = self.between(environ["PATH_INFO"], posted)
            if isinstance(passed_on, tuple):
                start(passed_on[0], [("Content-Type", "application/json")])
                return [passed_on[1].encode()]
            environ["wsgi.input"] = io.BytesIO(passed_on.encode())
            environ["CONTENT_LENGTH"] = str(len(passed_on.encode()))
            answer = self.app(environ, start)
            if self.loses(environ["PATH_INFO"]):
                environ["tests.connection"].shutdown(socket.SHUT_RDWR)
            try:
                return list(answer)
            finally:
                getattr(answer, "close", lambda: None)()
        finally:
            self._server.answering.discard(me)

    @contextmanager
    def unreachable(self, *, silent: bool = False) -> Iterator[None]:
        """Let nobody reach the service for a while; browsers are told nothing of it, or kept waiting
        (`silent`), as on a signal that is too weak."""
        self._server.silent = silent
        self.go_away()
        try:
            yield
        finally:
            self.come_back()

    def go_away(self) -> None:
        """Let nobody reach the service until it comes back."""
        self._server.reachable.clear()

    def come_back(self) -> None:
        """Let everybody reach the service again."""
        self._server.reachable.set()

    @contextmanager
    def worker(self, *push_services: str) -> Iterator[None]:
        """Let the push worker run, sending to these origins on this machine."""
        stop = threading.Event()
        thread = threading.Thread(
            target=worker.run,
            args=(self.cast.authority, stop),
            kwargs={"loopback": push_services, "hosts": (), "poll": 0.05},
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive(), "the push worker does not stop"
