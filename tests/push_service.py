"""A push service on this machine, as a browser vendor runs one: it takes messages, checks who signed
them, and hands them to the browser, which decrypts them. It can also refuse, stall and fall silent.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class Answer:
    """What the service says to one request. `hang`: nothing, for so many seconds."""

    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: float = 0.0


@dataclass(frozen=True)
class Message:
    """A message as the browser has it after decrypting, and how it came."""

    browser: str
    text: str
    tag: str
    raw: bytes
    length: int
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True)
class Browser:
    """A browser's subscription, with the private half that never leaves it."""

    name: str
    endpoint: str
    p256dh: str
    auth: str
    key: ec.EllipticCurvePrivateKey
    secret: bytes


class PushService:
    """Used as `with PushService(public_key) as service`; listens on loopback.

    `public_key` is what pages give to `pushManager.subscribe` as the application server's key: only
    messages signed with its private half are taken.
    """

    def __init__(self, public_key: str) -> None:
        self.public_key = public_key
        self.browsers: dict[str, Browser] = {}
        self.messages: list[Message] = []
        self.faults: list[str] = []
        self._answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self._arrived = threading.Condition()
        self._over = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service._take(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: what matters is kept."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
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

    def subscribe(self, name: str) -> Browser:
        """Make a browser that takes messages here."""
        key, secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        browser = Browser(
            name, f"{self.origin}/send/{name}", _b64(point), _b64(secret), key, secret
        )
        self.browsers[name] = browser
        return browser

    def answer(self, name: str, *answers: Answer) -> None:
        """Give these answers to the next requests for a browser, one each, then 201 as before."""
        self._answers[name].extend(answers)

    def wait(self, number: int, seconds: float = 15.0, browser: str | None = None) -> list[Message]:
        """Wait until so many messages arrived (for a browser); give them."""

        def those() -> list[Message]:
            return [one for one in self.messages if browser in (None, one.browser)]

        with self._arrived:
            self._arrived.wait_for(lambda: len(those()) >= number, seconds)
            return those()

    def taken(self) -> list[Message]:
        """Give the messages that were answered with 201."""
        return [message for message in self.messages if message.status == 201]

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        name = request.path.rpartition("/")[2]
        browser = self.browsers.get(name)
        if browser is None:
            _reply(request, Answer(404))
            return
        fault = self._fault(request.headers)
        if fault:
            self.faults.append(fault)
            _reply(request, Answer(403))
            return
        answers = self._answers[name]
        answer = answers.popleft() if answers else Answer()
        raw = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret)
        said = json.loads(raw)
        headers = dict(request.headers)
        message = Message(name, said["text"], said["tag"], raw, len(body), headers, answer.status)
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        if answer.hang:
            self._over.wait(answer.hang)
        _reply(request, answer)

    def _fault(self, headers: Mapping[str, str]) -> str:
        """Say what is wrong with a message's signature (RFC 8292), or nothing."""
        scheme, _, fields = headers.get("Authorization", "").partition(" ")
        given = dict(part.strip().partition("=")[::2] for part in fields.split(","))
        if scheme.lower() != "vapid" or given.get("k") != self.public_key:
            return "not signed by the application server"
        signed, _, signature = given["t"].rpartition(".")
        r, s = _unb64(signature)[:32], _unb64(signature)[32:]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(given["k"]))
        try:
            public.verify(
                encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
                signed.encode(),
                ec.ECDSA(SHA256()),
            )
        except InvalidSignature:
            return "the signature is wrong"
        head, claims = (json.loads(_unb64(part)) for part in signed.split("."))
        if head["alg"] != "ES256" or claims["aud"] != self.origin:
            return "signed for somebody else"
        if not time.time() < claims["exp"] < time.time() + 24 * 3600:
            return "signed for too long or not at all any more"
        return "" if claims["sub"].startswith("mailto:") else "nobody to write to"


def _reply(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    try:
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()
    except OSError:
        request.close_connection = True  # the sender has gone meanwhile


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
