// Delivering what waits, from a page or from the service worker: each envelope signed by its enrolment's
// key, in order, once. No session is needed, and none is used.
import { utf8 } from "./encoding.js";
import { sign } from "./keys.js";
import { all, get, of, put, remove, update, within } from "./store.js";

const MINUTE = 60_000;
const channel = new BroadcastChannel("waiting");
export const tell = () => channel.postMessage(""); // pages show anew what waits
export const isWaiting = ({ state }) => state === "waiting" || state === "sending";
// Posts an envelope and gives what the service says. Throws where there is no answer.
async function post({ public: key, private: signing }, envelope, passkey, again = true) {
  const clock = Date.now();
  const { count } = await update("keys", key, (kept) => ({ count: Math.max(kept.count + 1, clock) }));
  const signature = await sign({ private: signing }, utf8(`${clock}\n${count}\n${envelope}`));
  const body = JSON.stringify({ envelope, clock, count, signature, passkey });
  const how = { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", redirect: "error" };
  const answer = await fetch("/deliver", { ...how, body, signal: AbortSignal.timeout(20_000) });
  const said = answer.status === 429 || answer.status >= 500 ? {} : await answer.json();
  // What answers in the service's place, such as a hotel's sign-in page, is no answer.
  if (!/^(sent|waiting|gone|hello)$/.test(said.state) && !said.reason) throw new Error("no answer");
  const at = Date.parse(answer.headers.get("Date"));
  if (at) await put("clock", { of: "latest", at });
  await update("keys", key, (kept) => {
    const { key: sealing = kept.sealing, shared = kept.shared, revoked = kept.revoked } = said;
    return { sealing, shared, revoked, count: Math.max(kept.count, said.count ?? 0), contact: Date.now() };
  });
  return said.reason === "replayed" && again ? post({ public: key, private: signing }, envelope, passkey, false) : said;
}

// An answer is lost now and then: it is asked for again at once, a few times.
const insist = (tries, ...given) => post(...given).catch((lost) => (tries && lost instanceof TypeError ? insist(tries - 1, ...given) : Promise.reject(lost)));
async function deliver(record, { enrolment, id, number, state, envelope, passkey }) {
  // What was typed or sealed anew meanwhile stays as it is.
  const mark = (changed) => update("notes", [enrolment, id], (kept) => (kept.number === number ? changed : {})).then(tell);
  if (state !== "draft") await mark({ state: "sending", reason: undefined });
  try {
    const { error, reason, state: became } = await insist(3, record, envelope, passkey);
    if (error) await mark({ state: "refused", reason: error, done: Date.now() });
    else await mark({ state: "sent", reason: became === "gone" ? became : reason, done: Date.now(), envelope: "", passkey: undefined, mine: undefined });
  } catch (error) {
    await mark({ state: state === "draft" ? state : "waiting" });
    throw error;
  }
}
// The drafts that a page is still writing.
export const openDrafts = async () => (await navigator.locks.query()).held.map(({ name }) => name.replace(/^draft /, ""));

async function deliverAll(record, hello) {
  const now = () => get("keys", record.public);
  const open = await openDrafts();
  const notes = await all("notes", of(record.enrolment));
  for (const note of notes.sort((a, b) => a.number - b.number)) {
    const free = note.state === "draft" && (!open.includes(note.id) || (await now()).revoked);
    const again = note.state === "refused" && note.done < Date.now() - 60 * MINUTE; // there may be room by now
    if (free || again || isWaiting(note)) await deliver(record, note);
    // What was sent has been seen to be sent.
    if (note.state === "sent" && note.done < Date.now() - MINUTE) await remove("notes", [note.enrolment, note.id]);
  }
  const { enrolment, author, contact = 0 } = await now();
  if (Date.now() - contact > (hello ? MINUTE / 6 : 60 * MINUTE)) {
    await post(record, JSON.stringify({ v: 1, origin: location.origin, enrolment, author, kind: "hello" }));
  }
  if ((await now()).revoked) await wipe(record);
}
// Delivers what can be delivered, one person after the other. Says whether nothing is left to be tried again.
// With `hello` the service is asked how things stand, even where nothing waits.
export const drain = (hello = false) =>
  navigator.locks.request("deliver", async () => {
    let done = true;
    for (const record of await all("keys")) {
      if (record.enrolment) await deliverAll(record, hello).catch(() => (done = false));
    }
    return done;
  });
// A revoked enrolment leaves nothing behind, once all of it is uploaded. Whoever else is here loses nothing.
async function wipe({ public: key, enrolment }) {
  await within(["keys", "notes", "caseload"], (keys, notes, caseload) => {
    notes.getAll(of(enrolment)).onsuccess = ({ target }) => {
      if (target.result.some((one) => isWaiting(one) || one.state === "draft")) return target.transaction.abort();
      keys.delete(key);
      notes.delete(of(enrolment));
      caseload.delete(enrolment);
    };
  });
  tell();
  if ((await all("keys")).some((one) => one.enrolment)) return;
  const registration = self.registration ?? (await navigator.serviceWorker?.getRegistration());
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
}
