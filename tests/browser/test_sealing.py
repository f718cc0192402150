"""What is sealed in a real Chromium is RFC 9180 as well, and the service opens it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from api.trust import sealing
from api.trust.sealing import Unopened
from tests import rfc9180
from tests.browser import modules
from tests.browser.phone import Phone
from tests.cast import Cast
from tests.delivery import Device

SAID = "Zoë said “I am hungry” 🥖\n" * 40
# `hpke` itself with the published private key, as the pages make and use it.
OPENED = """async ([key, enc, info, aad, sealed]) => {
  const of = (text) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const { CipherSuite, KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM } = hpke;
  const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  window.published = await suite.DeserializePrivateKey(of(key));
  const opened = await suite.Open(published, of(enc), of(sealed), { info: of(info), aad: of(aad) });
  return new TextDecoder().decode(opened);
}"""


@dataclass
class Published:
    """The published key, to be sealed to."""

    id: str = "0193e6a0-0000-7000-8000-000000009180"
    public: bytes = rfc9180.PUBLIC


def test_the_published_vector_and_back_and_forth(phone: Phone, cast: Cast) -> None:
    page = phone.go("/healthz")  # a page without scripts
    modules.load(page, hpke="hpke", sealing="./sealing.js")
    aad, sealed = rfc9180.MESSAGES[0]
    given = [one.hex() for one in (rfc9180.PRIVATE, rfc9180.ENC, rfc9180.INFO, aad, sealed)]
    assert page.evaluate(OPENED, given) == rfc9180.PLAIN.decode()

    # The pages' own function comes to the published key and nonce.
    open_with = "([info, sealed]) => sealing.openWith(published, info, sealed)"
    info, plain = rfc9180.INFO.decode(), rfc9180.PLAIN.decode()
    note = bytes_to_base64url(rfc9180.as_a_note())
    assert page.evaluate(open_with, [info, note]) == plain
    refused = f"(given) => ({open_with})(given).then(() => 'opened', () => 'refused')"
    assert page.evaluate(refused, [info + ".", note]) == "refused"
    changed = note[:-2] + ("A" if note[-2] != "A" else "B") + note[-1]
    assert page.evaluate(refused, [info, changed]) == "refused"

    # Sealed by Python, opened in the browser.
    device = Device("enrolment", "author", "authority", Published())
    bound = "inkling envelope 1\nauthority\n" + Published().id + "\nauthor\nnote id\nnote"
    by_python = device.seal("note", "note id", SAID.encode())
    assert page.evaluate(open_with, [bound, by_python]) == SAID

    # Sealed in the browser, opened by the service, and only as what it was sealed for.
    key = sealing.current(cast.authority)
    author, note_id = cast["social_worker"], "0193e6a0-0000-7000-8000-00000000beef"
    own = sealing.info(cast.authority.id, key.id, author, note_id, "note")
    by_browser = page.evaluate(
        "([point, info, said]) => sealing.sealTo(point, info, new TextEncoder().encode(said))",
        [bytes_to_base64url(key.public), own.decode(), SAID],
    )
    assert "=" not in by_browser
    store, envelope = cast.authority.store, base64url_to_bytes(by_browser)
    assert sealing.unseal(cast.authority, store, key.id, envelope, own).decode() == SAID
    draft = sealing.info(cast.authority.id, key.id, author, note_id, "draft")
    with pytest.raises(Unopened):
        sealing.unseal(cast.authority, store, key.id, envelope, draft)
