"""A browser vendor's push service on this machine, over https as pages insist, and the stand-in for
`PushManager`: headless Chromium has no vendor's network to subscribe at."""

from __future__ import annotations

import json
from pathlib import Path

from tests import certificates
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
        self._server.socket, certificate = certificates.over_tls(self._server.socket, folder)
        self.origin = self.origin.replace("http:", "https:")
        certificates.trust(certificate)

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
