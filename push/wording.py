"""What stands on a locked screen, where anybody may read it: that there is news, and no more."""

from __future__ import annotations

import base64
import hashlib
import json

TEXT = "Something new about a child you support"

# Every message has this length, so that its size says nothing either.
LENGTH = 256


def tag(delivery_id: str) -> str:
    """Make the tag that keeps a repeat from showing twice. Push services see it, so it tells
    nothing: no time, no event, and nobody else who was told the same."""
    digest = hashlib.sha256(f"inkling push {delivery_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def message(tag: str) -> bytes:
    """Write the message as the service worker reads it, padded with spaces to one length."""
    return json.dumps({"text": TEXT, "tag": tag}).encode().ljust(LENGTH)
