"""Another system on this machine, over https, that is told by webhook: it verifies what comes as Standard
Webhooks says, and can refuse, redirect, stall and fall silent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests import certificates

TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Answer:
    """What the system says to one message. `hang`: nothing, for so many seconds."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: float = 0.0


@dataclass(frozen=True)
class Told:
    """A message as it came."""

    id: str
    said: dict[str, Any]
    body: bytes
    headers: Mapping[str, str]
    status: int


class Receiver:
    """Used as `with Receiver(folder) as receiver`; listens on loopback, with a certificate that this
    process trusts unless `trusted` is False."""

    def __init__(self, folder: Path, *, trusted: bool = True) -> None:
        self.secret = ""
        self.told: list[Told] = []
        self.faults: list[str] = []
        self.when_told: Callable[[], object] = lambda: None
        self._answers: deque[Answer] = deque()
        self._arrived = threading.Condition()
        self._over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: what matters is kept."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket, certificate = certificates.over_tls(self._server.socket, folder)
        self.origin = f"https://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.origin}/inkling"
        if trusted:
            certificates.trust(certificate)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, *answers: Answer) -> None:
        """Give these answers to the next messages, one each, then 204 as before."""
        self._answers.extend(answers)

    def wait(self, number: int, seconds: float = 15.0) -> list[Told]:
        """Wait until so many messages arrived; give them."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.told) >= number, seconds)
            return list(self.told)

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if not verifies(self.secret, dict(request.headers), body):
            self.faults.append("the signature is wrong")
            _reply(request, Answer(401))
            return
        answer = self._answers.popleft() if self._answers else Answer()
        headers = dict(request.headers)
        told = Told(headers["webhook-id"], json.loads(body), body, headers, answer.status)
        self.when_told()
        with self._arrived:
            self.told.append(told)
            self._arrived.notify_all()
        if answer.hang:
            self._over.wait(answer.hang)
        _reply(request, answer)


def verifies(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Verify a message as docs/api.md shows it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    at = headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    content = f"{headers['webhook-id']}.{at}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return any(hmac.compare_digest(one, wanted) for one in headers["webhook-signature"].split(" "))


def _reply(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    try:
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        if answer.status != 204:
            request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)
    except OSError:
        request.close_connection = True  # the sender has gone meanwhile
