// What waits on this device: times and states, no words. On signed-in pages mine; without a session
// everybody's, and nobody's can be removed.
import { drain, isWaiting, tell } from "./deliver.js";
import { all, put, remove } from "./store.js";
import { me, people, signedIn } from "./who.js";

const STATES = { waiting: "Waiting for signal", sending: "Sending", sent: "Sent", refused: "Refused" };
// Where it has arrived and is not yet on a record.
const ARRIVED = { "not confirmed": "Arrived. It waits until you sign in and confirm it.", "to match": "Arrived. It waits until you sign in and say who it is about." };

export const clockTime = (at) => {
  const then = new Date(at);
  const day = then.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "long" };
  return then.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
};

export const stateOf = ({ state, reason }) =>
  state === "refused" ? `Refused: ${reason}` : (state === "sent" && reason && (ARRIVED[reason] ?? "Arrived. It waits under Unsent.")) || STATES[state];

function line(box, entry, names) {
  const one = box.querySelector("template").content.cloneNode(true).firstElementChild;
  const whose = names.size > 1 ? `, ${names.get(entry.enrolment)}` : "";
  one.querySelector("[data-when]").textContent = clockTime(entry.at) + whose;
  one.querySelector("[data-state]").textContent = entry.number && entry.state ? stateOf(entry) : entry.refused ? `Not finished. Refused: ${entry.refused}` : "Not finished: it comes back to you when you sign in";
  const button = one.querySelector("button");
  button.hidden = !(entry.state === "refused" || entry.refused) || entry.enrolment !== signedIn;
  button.onclick = async () => {
    if (!confirm(`Remove what was written at ${clockTime(entry.at)}? It was not taken, and cannot be read or brought back.`)) return;
    await remove(entry.state ? "notes" : "drafts", [entry.enrolment, entry.state ? entry.number : entry.id]);
    tell();
    show();
  };
  return one;
}

async function show() {
  const boxes = document.querySelectorAll("[data-waiting]");
  if (!boxes.length) return;
  const open = (await navigator.locks.query()).held.map(({ name }) => name);
  const names = new Map((await people()).map(({ enrolment, name }) => [enrolment, name]));
  const drafts = (await all("drafts")).filter(({ id }) => !open.includes(`draft ${id}`));
  const mine = [...(await all("notes")), ...drafts].filter(({ enrolment }) => !signedIn || enrolment === signedIn);
  const count = mine.filter(isWaiting).length;
  for (const box of boxes) {
    box.querySelector("[data-count]").textContent = count ? `${count} waiting for signal` : "On this device";
    box.querySelector("[data-list]").replaceChildren(...mine.sort((a, b) => a.at - b.at).map((one) => line(box, one, names)));
    box.hidden = mine.length === 0;
  }
}

// --- Whether this browser can keep a note at all: said before anything is typed --------------------------

let room; // whether there is any: tried out once

async function tryOut() {
  try {
    await put("clock", { of: "probe", at: " ".repeat(20_000) });
    await remove("clock", "probe");
    const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    return quota - usage > 1_000_000;
  } catch {
    return false;
  }
}

async function problem() {
  if (!(await (room ??= tryOut()))) return "This browser refuses to keep anything, or its storage is full: without signal, what you type here would be lost.";
  const known = signedIn ? await me() : (await people())[0];
  return known ? "" : "Without signal this browser cannot keep what you type, until you sign in here again.";
}

export async function startWaiting() {
  for (const box of document.querySelectorAll("[data-keeping]")) {
    const said = await problem();
    box.hidden = !said;
    box.querySelector("p").textContent = said;
  }
  await show().catch(() => {});
}

new BroadcastChannel("waiting").onmessage = () => {
  startWaiting();
  document.dispatchEvent(new Event("waiting"));
};

// Without Background Sync this is what sends; where there is, both may come, and one of them finds nothing.
export const go = () => {
  // No session on this page: it may be that it was ended, and then this browser has to hear why.
  if (document.visibilityState === "visible") drain(!signedIn || Boolean(document.querySelector("[data-passkey=get]"))).then(show, () => {});
};
addEventListener("online", go);
addEventListener("pageshow", go);
document.addEventListener("visibilitychange", go);
