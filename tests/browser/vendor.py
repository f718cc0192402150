"""A browser vendor's push service on this machine, over https as pages insist, and the stand-in for
`PushManager`: headless Chromium has no vendor's network to subscribe at."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import uuid
from pathlib import Path

import aiohttp.connector
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.browser.phone import Phone
from tests.push_service import PushService

# Takes the place of the part that asks the vendor; what pages and the service do with it is real.
STAND_IN = """(() => {
  const told = TOLD;
  let held = null;
  PushManager.prototype.getSubscription = async () => held;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey !== told.key) throw new Error("refused by the vendor");
    const { endpoint, keys } = told;
    held = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => Boolean(held && !(held = null)) };
    return held;
  };
})()"""


class Vendor(PushService):
    """A push service with a certificate that this process trusts."""

    def __init__(self, public_key: str, folder: Path) -> None:
        super().__init__(public_key)
        certificate, pair = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.origin = self.origin.replace("http:", "https:")
        # The worker's client has no setting for whom to trust, as it needs none outside of tests.
        aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(cadata=certificate)

    def serve(self, phone: Phone, name: str) -> None:
        """Let a phone subscribe here, under a name for the test."""
        browser = self.subscribe(name)
        told = {
            "key": self.public_key,
            "endpoint": browser.endpoint,
            "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
        }
        phone.context.grant_permissions(["notifications"])
        phone.context.add_init_script(STAND_IN.replace("TOLD", json.dumps(told)))


def _certificate(folder: Path) -> tuple[str, Path]:
    """Make a certificate for this machine; give it, and where it stands with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: of two authorities with one name, only the first would be tried.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"push service {uuid.uuid4()}")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    pair = folder / "push-service.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pair.write_bytes(certificate + secret)
    return certificate.decode(), pair
