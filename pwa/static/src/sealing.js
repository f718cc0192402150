// HPKE (RFC 9180): what is sealed to a public key here is read by whoever holds the private one, and by
// nobody else: a note by the service alone, a locker's content by its owner's passkey.
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from "hpke";
import { bytes, text, utf8 } from "./encoding.js";
import { update } from "./store.js";

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
// Bytes: of the sender's own point, before what it sealed; of the steps in which lengths show; of what is taken.
const [POINT, BLOCK, MOST] = [65, 512, 45_000];

export async function sealTo(point, info, plain) {
  const key = await suite.DeserializePublicKey(bytes(point));
  const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plain, { info: utf8(info) });
  return text(new Uint8Array([...encapsulatedSecret, ...ciphertext]));
}

export async function openWith(key, info, sealed) {
  const whole = bytes(sealed);
  const opened = await suite.Open(key, whole.subarray(0, POINT), whole.subarray(POINT), { info: utf8(info) });
  return new TextDecoder().decode(opened);
}
// A note or a draft (`kind`) as it is kept and delivered. Its number counts up, drafts too.
export async function envelopeOf({ public: key }, kind, id, fields) {
  const { enrolment, author, number, authority, sealing } = await update("keys", key, (kept) => ({ number: kept.number + 1 }));
  const at = Date.now();
  const words = utf8(JSON.stringify({ at, fields }));
  if (words.length > MOST) throw new Error("Not sent: use 5,000 characters or fewer in each box.", { cause: "said" });
  const padded = new Uint8Array(Math.ceil(words.length / BLOCK) * BLOCK).fill(32);
  padded.set(words);
  const sealed = await sealTo(sealing.public, ["inkling envelope 1", authority, sealing.id, author, id, kind].join("\n"), padded);
  const envelope = { v: 1, origin: location.origin, enrolment, author, kind, number, id, key: sealing.id, sealed };
  return { enrolment, id, number, at, state: kind === "note" ? "waiting" : "draft", envelope: JSON.stringify(envelope) };
}

// --- The locker: a key pair whose private half is wrapped under what the passkey alone gives (PRF) --------

async function wrapping(secret) {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("inkling locker 1") };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

export async function newLocker(secret) {
  const pair = await suite.GenerateKeyPair(true);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const raw = await suite.SerializePrivateKey(pair.privateKey);
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await wrapping(secret), raw);
  raw.fill(0);
  return { public: text(await suite.SerializePublicKey(pair.publicKey)), iv, wrapped: new Uint8Array(wrapped) };
}

export async function openLocker({ iv, wrapped }, secret) {
  const raw = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await wrapping(secret), wrapped));
  const key = await suite.DeserializePrivateKey(raw);
  raw.fill(0);
  return key;
}
