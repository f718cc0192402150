// Delivering what waits, from a page or from the service worker: each envelope signed by its enrolment's
// key, in order, once. No session is needed, and none is used.
import { utf8 } from "./encoding.js";
import { sign } from "./keys.js";
import { all, get, of, put, update, within } from "./store.js";

const HOUR = 3_600_000;
const channel = new BroadcastChannel("waiting");

// Pages show anew what waits.
export const tell = () => channel.postMessage("");

export const isWaiting = ({ state }) => state === "waiting" || state === "sending";

async function ask(record, envelope, passkey) {
  const { count } = await update("keys", record.public, (kept) => ({ count: Math.max(kept.count + 1, Date.now()) }));
  const clock = Date.now();
  const answer = await fetch("/deliver", {
    method: "POST",
    credentials: "omit",
    redirect: "error",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      envelope,
      clock,
      count,
      passkey,
      signature: await sign(record, utf8(`${clock}\n${count}\n${envelope}`)),
    }),
    signal: AbortSignal.timeout(20_000),
  });
  const said = answer.status === 429 || answer.status >= 500 ? {} : await answer.json();
  // Something between us and the service that answers in its place is no answer.
  if (!said.state && !said.error) throw new Error("no answer");
  const time = Date.parse(answer.headers.get("Date"));
  if (time) await put("clock", { of: "latest", at: time });
  return said;
}

async function post(record, envelope, passkey) {
  let said = await ask(record, envelope, passkey);
  if (said.reason === "replayed") {
    await update("keys", record.public, ({ count }) => ({ count: Math.max(count, said.count ?? 0) }));
    said = await ask(record, envelope, passkey);
  }
  await update("keys", record.public, ({ sealing, shared, revoked }) => ({
    sealing: said.key ?? sealing,
    shared: said.shared ?? shared,
    revoked: said.revoked ?? revoked,
    contact: Date.now(),
  }));
  return said;
}

async function deliverNote(record, { enrolment, number, envelope, passkey }) {
  const mark = async (changed) => {
    await update("notes", [enrolment, number], () => changed);
    tell();
  };
  await mark({ state: "sending" });
  try {
    const { error, reason } = await post(record, envelope, passkey);
    if (error) await mark({ state: "refused", reason: error });
    else await mark({ state: "sent", reason, done: Date.now(), envelope: undefined, passkey: undefined });
  } catch (error) {
    await mark({ state: "waiting" });
    throw error;
  }
}

async function deliverDraft(record, { enrolment, id, number, envelope }) {
  const { error } = await post(record, envelope);
  // What was typed meanwhile stays. A refused draft stays too, and is not asked about again.
  await within("drafts", (drafts) => {
    const asked = drafts.get([enrolment, id]);
    asked.onsuccess = () => {
      if (asked.result?.number !== number) return;
      if (error) drafts.put({ ...asked.result, refused: error });
      else drafts.delete([enrolment, id]);
    };
  });
  tell();
}

const kept = (record, name) => all(name, of(record.enrolment));
const now = (record) => get("keys", record.public);

async function deliverAll(record, hello) {
  const notes = await kept(record, "notes");
  // What was sent has been seen to be sent.
  const seen = notes.filter(({ state, done }) => state === "sent" && done < Date.now() - 60_000);
  if (seen.length) await within("notes", (store) => seen.forEach((one) => store.delete([one.enrolment, one.number])));
  for (const note of notes.filter(isWaiting)) await deliverNote(record, note);
  const open = (await navigator.locks.query()).held.map(({ name }) => name);
  for (const draft of await kept(record, "drafts")) {
    const free = !open.includes(`draft ${draft.id}`) || (await now(record)).revoked;
    if (free && !draft.refused) await deliverDraft(record, draft);
  }
  const { enrolment, author, contact = 0 } = await now(record);
  if (hello ? Date.now() - contact > 10_000 : Date.now() - contact > HOUR) {
    await post(record, JSON.stringify({ v: 1, origin: location.origin, enrolment, author, kind: "hello" }));
  }
  if ((await now(record)).revoked) await wipe(record);
}

// Delivers what can be delivered, one person after the other. Says whether nothing is left to be tried again.
export function drain(hello = false) {
  return navigator.locks.request("deliver", async () => {
    let done = true;
    for (const record of await all("keys")) {
      if (record.enrolment) await deliverAll(record, hello).catch(() => (done = false));
    }
    return done;
  });
}

// A revoked enrolment leaves nothing behind here; whoever else uses this browser loses nothing.
async function wipe({ public: key, enrolment }) {
  await within(["keys", "notes", "drafts", "caseload"], (keys, notes, drafts, caseload) => {
    keys.delete(key);
    notes.delete(of(enrolment));
    drafts.delete(of(enrolment));
    caseload.delete(enrolment);
  });
  tell();
  if ((await all("keys")).some((one) => one.enrolment)) return;
  const registration = self.registration ?? (await navigator.serviceWorker?.getRegistration());
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
}
