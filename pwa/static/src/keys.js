// Delivery keys: one for each person on this browser, made here, and never to leave it. Whoever's enrolment
// on the server holds the public half may put notes in with it, and may do nothing else.
import { bytes, text } from "./encoding.js";
import { all, put } from "./store.js";

const KIND = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
// Makes a key and keeps it, beside the passkey's id (`credential`) if there is one. A signed-in page writes
// the rest (who.js), once it knows whose it became.
export async function newKey(credential) {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
  const point = text(await crypto.subtle.exportKey("raw", publicKey));
  const record = { public: point, private: privateKey, credential, number: 0, count: 0 };
  await put("keys", record);
  return record;
}
// Gives the key kept beside a passkey (its id in base64url), or undefined.
export async function keyFor(credential) {
  const found = (await all("keys")).filter((one) => one.credential === credential);
  return found.find((one) => one.enrolment) ?? found.at(-1);
}
// Asks for that passkey without asking the service anything, so that it works without signal.
export function askPasskey(credential, challenge, extensions = {}) {
  const allowCredentials = [{ type: "public-key", id: bytes(credential) }];
  return navigator.credentials.get({ publicKey: { challenge, allowCredentials, userVerification: "required", extensions } });
}
// Signs bytes; the signature is r and s, each 32 bytes, in base64url.
export const sign = async (record, signed) => text(await crypto.subtle.sign(SIGNING, record.private, signed));
// Whether a signature of the server's over bytes is good, under its public point.
export async function isSigned(point, signature, signed) {
  const key = await crypto.subtle.importKey("raw", point, KIND, false, ["verify"]);
  return crypto.subtle.verify(SIGNING, key, signature, signed);
}
