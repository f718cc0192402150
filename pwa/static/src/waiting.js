// What waits on this device: times and states, no words. On signed-in pages mine; without a session
// everybody's, and nobody's can be removed.
import { drain, isWaiting, openDrafts, tell } from "./deliver.js";
import { clockTime, copyOf, fill } from "./page.js";
import { all, put, remove } from "./store.js";
import { me, people, signedIn } from "./who.js";

const STATES = { waiting: "Waiting for signal", sending: "Sending", sent: "Sent", draft: "Not finished. It comes back to you under Unsent." };
const ARRIVED = {
  gone: "Arrived before, and was sent or discarded since.",
  "to match": "Arrived. It waits under Unsent until you say who it is about.",
  "not confirmed": "Arrived. It waits under Unsent until you say that it is yours.",
};

export function stateOf({ state, reason }) {
  if (state === "refused") return `Refused: ${reason}`;
  return state === "sent" && reason ? (ARRIVED[reason] ?? "Arrived. It waits under Unsent.") : STATES[state];
}

function line(box, entry, whose) {
  const when = clockTime(entry.at);
  const one = copyOf(box, { when: when + whose, state: stateOf(entry) });
  const button = one.querySelector("button");
  const sure = () => confirm(`Remove what was written at ${when}? It was not taken, and cannot be brought back.`);
  button.hidden = entry.state !== "refused" || entry.enrolment !== signedIn;
  button.onclick = () => sure() && remove("notes", [entry.enrolment, entry.id]).then(tell).then(show);
  return one;
}

async function show() {
  const open = await openDrafts();
  const names = new Map((await people()).map(({ enrolment, name }) => [enrolment, `, ${name}`]));
  const shown = ({ id, state, enrolment }) => !(state === "draft" && open.includes(id)) && (!signedIn || enrolment === signedIn);
  const mine = (await all("notes")).filter(shown).sort((a, b) => a.at - b.at);
  const count = mine.filter(isWaiting).length;
  for (const box of document.querySelectorAll("[data-waiting]")) {
    fill(box, { count: count ? `${count} waiting for signal` : "On this device" });
    const lines = mine.map((one) => line(box, one, !signedIn && names.size > 1 ? names.get(one.enrolment) : ""));
    box.querySelector("[data-list]").replaceChildren(...lines);
    box.hidden = mine.length === 0;
  }
}
// Whether this browser can keep a note at all is tried out once, and said before anything is typed.
let room;
async function tryOut() {
  await put("clock", { of: "probe", at: " ".repeat(20_000) });
  await remove("clock", "probe");
  const { quota, usage } = await navigator.storage.estimate();
  return quota - usage > 1_000_000;
}

async function problem() {
  room ??= tryOut().catch(() => false);
  if (!(await room)) return "This browser refuses to keep anything, or its storage is full: without signal, what you type here would be lost.";
  const known = signedIn ? await me() : (await people())[0];
  return known ? "" : "Without signal this browser cannot keep what you type, until you sign in here again.";
}

export async function startWaiting(keeps = room) {
  room = keeps;
  for (const box of document.querySelectorAll("[data-keeping]")) {
    const said = await problem();
    fill(box, { said });
    box.hidden = !said;
  }
  if (document.querySelector("[data-waiting]")) await show().catch(() => {});
}
let soon; // many notes may go out in a moment
new BroadcastChannel("waiting").onmessage = () => (soon ??= setTimeout(() => startWaiting((soon = undefined)), 50));
// Sends where there is no Background Sync; where there is, both may come, and one of them finds nothing.
// A page without a session asks how things stand: it may be that this device was shut out.
let again;
export function go() {
  clearTimeout(again);
  if (document.hidden) return;
  const hello = !signedIn || Boolean(document.querySelector("[data-passkey=get]"));
  drain(hello).then((done) => done || (again = setTimeout(go, 30_000)), () => {});
}
addEventListener("online", go);
addEventListener("pageshow", go);
document.addEventListener("visibilitychange", go);
