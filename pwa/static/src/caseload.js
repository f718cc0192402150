// The author's own caseload without signal: names, ages and the circle's numbers, sealed to a locker that
// only the passkey opens. What it shows goes again after five minutes, and when the page is left.
import { bytes, utf8 } from "./encoding.js";
import { askPasskey, isSigned } from "./keys.js";
import { copyOf, fill, make } from "./page.js";
import { post } from "./post.js";
import { newLocker, openLocker, openWith, sealTo } from "./sealing.js";
import { get, put, update } from "./store.js";
import { me, people } from "./who.js";

// What the passkey is asked for, at every sign-in and here: it gives the same secret each time.
export const PRF = { eval: { first: utf8("inkling locker 1") } };
export const LOCKED = { name: "A child you chose", age: "" }; // until it is unlocked again
const MINUTE = 60_000;
const SIGN_IN = "Sign in once there is signal.";
let about = new URLSearchParams(location.search).get("about"); // whose page led to Log
const infoOf = (enrolment) => `inkling caseload 1\n${enrolment}`;
// Called by the ceremonies with what the passkey gave, before that is forgotten again.
export async function keepLocker(secret, publicKey) {
  const record = await get("keys", publicKey);
  if (!record || (record.locker && (await openLocker(record.locker, secret).catch(() => null)))) return;
  const locker = await newLocker(secret);
  await update("keys", publicKey, () => ({ locker }));
}
// Fetches the caseload anew, on a signed-in page, where there is none for this locker of the last twelve hours.
export async function refresh() {
  const { enrolment, locker } = (await me()) ?? {};
  const kept = locker && (await get("caseload", enrolment));
  if (!locker || (kept?.locker === locker.public && Date.parse(kept.expires) > Date.now() + (7 * 24 - 12) * 60 * MINUTE)) return;
  const { caseload, signature } = await post("/caseload");
  const sealed = await sealTo(locker.public, infoOf(enrolment), utf8(caseload));
  await put("caseload", { enrolment, expires: JSON.parse(caseload).expires, signature, sealed, locker: locker.public });
}
// Asks for the passkey. Gives the locker's key, for as long as the caller keeps it.
async function unlock({ credential, locker }) {
  const shown = await askPasskey(credential, crypto.getRandomValues(new Uint8Array(32)), { prf: PRF });
  const { prf } = shown.getClientExtensionResults();
  if (!prf?.results?.first) throw new Error(`This passkey cannot open what is kept here. ${SIGN_IN}`);
  return openLocker(locker, new Uint8Array(prf.results.first));
}
// Gives the people of the caseload; throws where it is too old, or not what the service gave.
async function childrenOf(record, key) {
  const kept = await get("caseload", record.enrolment);
  if (!kept) return [];
  const words = await openWith(key, infoOf(record.enrolment), kept.sealed);
  const signed = utf8(`inkling caseload 1\n${words}`);
  const { enrolment, expires, people: children } = JSON.parse(words);
  // A clock that is set back does not make old things new.
  const latest = (await get("clock", "latest"))?.at ?? 0;
  const now = Date.now();
  if (now < latest - 5 * MINUTE) throw new Error(`This device's clock was set back. ${SIGN_IN}`);
  await put("clock", { of: "latest", at: Math.max(latest, now) });
  const good = enrolment === record.enrolment && (await isSigned(bytes(record.verify), bytes(kept.signature), signed));
  if (!good || Date.parse(expires) < now) throw new Error(`This was kept for seven days, and they are over. ${SIGN_IN}`);
  return children;
}
// Without a session: begins with the one person who has a key here, or asks who it is.
export async function askWho(begin) {
  const known = await people().catch(() => []);
  if (known.length === 1) return begin(known[0]);
  const box = document.querySelector("[data-authors]");
  box.hidden = known.length === 0;
  for (const record of known) add(box, { id: record.enrolment, name: record.name }).onchange = () => begin(record);
}
// Adds somebody to the list of a box, to be chosen or rung.
export function add(box, { id, name, age = "", circle = [] }, checked = false) {
  const one = copyOf(box, { name, age });
  const [input, label] = [one.querySelector("input"), one.querySelector("label")];
  if (input) label.htmlFor = Object.assign(input, { value: id, checked, id: `people-${id}` }).id;
  for (const { name: whose, phone } of circle) {
    const link = { href: `tel:${phone.replace(/[^\d+]/g, "")}`, className: "govuk-link tap", textContent: `${whose}, ${phone}` };
    one.querySelector("[data-circle]")?.append(make("a", link));
  }
  box.querySelector("[data-list]").append(one);
  return input;
}
// Lets a person unlock what is theirs, in a box. `opened` is called with the locker's key.
export function startCaseload(box, record, opened = () => {}) {
  const [list, button] = ["[data-list]", "[data-unlock]"].map((one) => box.querySelector(one));
  let shutting;
  box.lock = (says = button.hidden ? "Locked again." : "") => {
    clearTimeout(shutting);
    // What was chosen stays chosen, without saying who it is.
    for (const one of [...list.children]) one.querySelector("input:checked") ? fill(one, LOCKED) : one.remove();
    box.querySelector("[data-drafts]")?.replaceChildren();
    fill(box, { says });
    button.hidden = false;
  };
  button.onclick = async () => {
    try {
      const key = await unlock(record);
      const children = await childrenOf(record, key);
      for (const child of children) {
        const chosen = list.querySelector(`[value="${child.id}"]`)?.closest(".chip");
        if (chosen) fill(chosen, { name: child.name, age: child.age });
        else add(box, child, child.id === about);
      }
      about = undefined;
      button.hidden = true;
      fill(box, { says: children.length ? "" : "There is nobody in it." });
      shutting = setTimeout(box.lock, 5 * MINUTE);
      opened(key);
    } catch (error) {
      box.lock(error instanceof DOMException ? "It stays locked: that was cancelled, or took too long." : error.message);
    }
  };
  box.lock();
  box.hidden = !record.locker || !record.credential;
}
document.addEventListener("visibilitychange", () => document.hidden && document.querySelector("[data-caseload]")?.lock?.());
