// The author's own caseload without signal: names, ages and the circle's numbers, sealed to a locker that
// only the passkey opens. What it shows goes again after five minutes, and when the page is left.
import { bytes, text, utf8 } from "./encoding.js";
import { isSigned } from "./keys.js";
import { post } from "./post.js";
import { newLocker, openLocker, openWith, sealTo } from "./sealing.js";
import { get, put, update } from "./store.js";
import { people } from "./who.js";

// What the passkey is asked for, at every sign-in and here: it gives the same secret each time.
export const PRF = { eval: { first: utf8("inkling locker 1") } };

const HOUR = 3_600_000;
const FIVE_MINUTES = 300_000;
const infoOf = (enrolment) => `inkling caseload 1\n${enrolment}`;

// Called by the ceremonies with what the passkey gave, before that is forgotten again.
export async function keepLocker(secret, publicKey) {
  const record = await get("keys", publicKey);
  const opens = record?.locker && (await openLocker(record.locker, secret).catch(() => null));
  if (!record || opens) return;
  const locker = await newLocker(secret);
  await update("keys", publicKey, () => ({ locker }));
}

// Fetches the caseload anew, on a signed-in page, where it is older than twelve hours.
export async function refresh(record) {
  if (!record?.locker) return;
  const kept = await get("caseload", record.enrolment);
  if (kept?.locker === record.locker.public && Date.parse(kept.expires) - Date.now() > 6.5 * 24 * HOUR) return;
  const { caseload, signature } = await post("/caseload");
  const { enrolment, expires } = JSON.parse(caseload);
  const sealed = await sealTo(record.locker.public, infoOf(enrolment), utf8(caseload));
  await put("caseload", { enrolment, expires, signature, sealed, locker: record.locker.public });
}

// The latest time that is known of: a clock that is set back does not make old things new.
async function latest() {
  const kept = (await get("clock", "latest"))?.at ?? 0;
  if (Date.now() < kept - FIVE_MINUTES) throw new Error("This device's clock was set back. Sign in once there is signal.");
  await put("clock", { of: "latest", at: Math.max(kept, Date.now()) });
  return Date.now();
}

// Asks for the passkey and opens the locker with it. Gives its key, for as long as the caller keeps it.
export async function unlock(record) {
  const publicKey = {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: [{ type: "public-key", id: bytes(record.credential) }],
    userVerification: "required",
    extensions: { prf: PRF },
  };
  const credential = await navigator.credentials.get({ publicKey });
  const secret = credential.getClientExtensionResults().prf?.results?.first;
  if (!secret) throw new Error("This passkey cannot open what is kept here. Sign in once there is signal.");
  return openLocker(record.locker, new Uint8Array(secret));
}

// Gives the people of the caseload; throws where it is too old, or not what the service gave.
export async function peopleOf(record, key) {
  const kept = await get("caseload", record.enrolment);
  if (!kept) return [];
  const words = await openWith(key, infoOf(record.enrolment), kept.sealed);
  const signed = utf8(`inkling caseload 1\n${words}`);
  if (!(await isSigned(bytes(record.verify), bytes(kept.signature), signed))) throw new Error("What is kept here cannot be trusted. Sign in again.");
  const { enrolment, expires, people } = JSON.parse(words);
  if (enrolment !== record.enrolment || Date.parse(expires) < (await latest())) {
    throw new Error("This was kept for seven days, and those are over. Sign in once there is signal.");
  }
  return people;
}

// --- On the page ---------------------------------------------------------------------------------------

let shutting;
export const HIDDEN = { name: "A child you chose" }; // who it is shows when it is unlocked

// Shows people in a box: its template is filled for each. `open` is called with the locker's key.
export function startCaseload(box, record, opened) {
  const list = box.querySelector("[data-list]");
  const button = box.querySelector("[data-unlock]");
  const says = box.querySelector("[data-says]");
  const lock = () => {
    clearTimeout(shutting);
    for (const one of [...list.children]) {
      // What was chosen stays chosen, without saying who it is.
      if (one.querySelector("input:checked")) fill(one, HIDDEN);
      else one.remove();
    }
    box.querySelector("[data-drafts]")?.replaceChildren();
    if (button.hidden) says.textContent = "Locked again.";
    button.hidden = false;
  };
  const show = async () => {
    says.textContent = "";
    try {
      const key = await unlock(record);
      const people = await peopleOf(record, key);
      const chosen = [...list.querySelectorAll("input:checked")].map(({ value }) => value);
      list.replaceChildren();
      for (const person of people) add(box, person, chosen.includes(person.id));
      for (const id of chosen.filter((id) => !people.some((one) => one.id === id))) add(box, { ...HIDDEN, id }, true);
      button.hidden = true;
      says.textContent = people.length ? "" : "There is nobody in it.";
      opened?.(key);
      clearTimeout(shutting);
      shutting = setTimeout(lock, FIVE_MINUTES);
    } catch (error) {
      says.textContent = error instanceof DOMException ? "It stays locked: that was cancelled, or took too long." : error.message;
    }
  };
  box.hidden = !record?.locker;
  button.onclick = show;
  box.lock = lock;
}

// Without a session: begins with the one person who has a key here, or asks who it is.
export async function askWho(begin) {
  const known = await people().catch(() => []);
  if (known.length === 1) return begin(known[0]);
  const box = document.querySelector("[data-authors]");
  box.hidden = known.length === 0;
  for (const record of known) add(box, { id: record.enrolment, name: record.name }).onchange = () => begin(record);
}

export function add(box, person, checked) {
  const one = box.querySelector("template").content.cloneNode(true).firstElementChild;
  const [input, label] = [one.querySelector("input"), one.querySelector("label")];
  if (input) {
    Object.assign(input, { value: person.id, checked, id: `people-${person.id}` });
    label.htmlFor = input.id;
  }
  fill(one, person);
  box.querySelector("[data-list]").append(one);
  return input;
}

function fill(one, { name, age = "", circle = [] }) {
  one.querySelector("[data-name]").textContent = name;
  one.querySelector("[data-age]").textContent = age;
  for (const { name: whose, phone } of circle) {
    const link = one.querySelector("[data-circle]")?.appendChild(document.createElement("li")).appendChild(document.createElement("a"));
    if (!link) break;
    link.className = "govuk-link tap";
    link.href = `tel:${phone.replace(/[^\d+]/g, "")}`;
    link.textContent = `${whose}, ${phone}`;
  }
}

const lockAll = () => document.querySelectorAll("[data-caseload]").forEach((box) => box.lock?.());
document.addEventListener("visibilitychange", () => document.hidden && lockAll());
addEventListener("pagehide", lockAll);
