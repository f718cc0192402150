// Writing without signal, or without a session: what is typed is kept, sealed, while it is typed; what is
// sent and gets no answer is sealed, kept, and delivered as soon as it can be (deliver.js).
import { LOCKED, add, askWho, startCaseload } from "./caseload.js";
import { isWaiting, openDrafts, tell } from "./deliver.js";
import { sha256, utf8 } from "./encoding.js";
import { askPasskey } from "./keys.js";
import { clockTime, make } from "./page.js";
import { answerOf } from "./passkeys.js";
import { envelopeOf, openWith, sealTo } from "./sealing.js";
import { all, get, of, put, remove } from "./store.js";
import { go, startWaiting, stateOf } from "./waiting.js";
import { me, people } from "./who.js";

const PATIENCE = 8_000; // for an answer to Send
const NO_ANSWER = [502, 503, 504];
const TITLES = { sent: "Sent", refused: "Not taken" };
let record; // whose words these are; without one nothing is kept
let queued; // the key of the note that was sealed last
let timer, release;
// Keeping and sending come one after the other, so that no draft outlives its note.
let last = Promise.resolve();
const next = (task) => {
  const done = last.then(task);
  last = done.catch(() => {});
  return done;
};
const keyOf = (form) => [record.enrolment, form.elements.id.value];
const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && value !== "");
export const hasWords = (form) => [...form.elements].some(({ type, value }) => /^(text|textarea)$/.test(type) && value.trim());
export const isKept = () => Boolean(record); // and comes back, if the page is left

// --- While it is typed ---
const infoOf = ({ enrolment, id }) => `inkling draft 1\n${enrolment}\n${id}`;
async function keep(form) {
  clearTimeout(timer);
  timer = undefined;
  if (!record || !form || form.dataset.done) return;
  if (!hasWords(form)) return remove("notes", keyOf(form));
  const fields = fieldsOf(form);
  const draft = await envelopeOf(record, "draft", form.elements.id.value, fields);
  // For its author alone, where the passkey opens it here too.
  const { locker } = await get("keys", record.public);
  if (locker) draft.mine = await sealTo(locker.public, infoOf(draft), utf8(JSON.stringify(fields)));
  await put("notes", draft);
}
// Where nothing can be kept any more, that is said.
const keepNow = (form) => next(() => keep(form)).catch(({ cause }) => cause || ((record = undefined), startWaiting(false)));
// What is sent, or not to be kept, leaves no draft.
export function forget(form) {
  form.dataset.done = "yes";
  return next(() => record && remove("notes", keyOf(form)));
}
// While a page holds this lock, nobody else delivers the draft or offers it.
function hold(id) {
  release?.();
  navigator.locks.request(`draft ${id}`, () => new Promise((done) => (release = done)));
}
const leaving = () => timer && keepNow(document.querySelector("form[data-log]"));
addEventListener("pagehide", leaving);
document.addEventListener("visibilitychange", leaving);

// --- Send ---
document.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
  if (!target.matches?.("form[data-log]")) return;
  ctx.request.timeout = 120_000; // a passkey may be asked for; sending itself has less
  ctx.fetch = (action, request) => send(target, action, request);
});

async function send(form, action, request) {
  const shell = "shell" in form.dataset;
  // What waits goes first: notes keep their order.
  const waits = record && (!navigator.onLine || (await all("notes", of(record.enrolment)).catch(() => [])).some(isWaiting));
  if (!shell && !waits) {
    try {
      const answer = await fetch(action, { ...request, signal: AbortSignal.timeout(PATIENCE) });
      const page = await answer.text();
      if (answer.ok) await (page.includes('id="log"') ? forget(form) : Promise.reject(new Error("not the service")));
      if (!record || !NO_ANSWER.includes(answer.status)) return new Response(page, answer);
    } catch (error) {
      if (!record) throw error;
    }
  }
  return new Response(await next(() => queue(form, shell)));
}
const unsaid = (sentence) => new Error(`Not sent: ${sentence}`, { cause: "said" });
async function queue(form, shell) {
  const has = (...names) => names.some((name) => form.elements[name]?.value.trim());
  if (!has("saw", "thinks")) throw unsaid("write what you saw or heard, or what you think or feel.");
  if (!shell && !form.querySelector("[name=people]:checked") && !has("first", "last")) throw unsaid("choose who it is about.");
  const full = (error) => Promise.reject(error.cause ? error : unsaid("there is no signal, and this device has no room to keep it. What you typed is still here."));
  const note = await envelopeOf(record, "note", form.elements.id.value, fieldsOf(form)).catch(full);
  // Where others use this browser too, the author's passkey signs the note.
  if (record.credential && (record.shared || (await people()).length > 1)) {
    await keep(form);
    // Without it the note is kept all the same, and waits for its author's sign-in.
    const asked = askPasskey(record.credential, await sha256(note.envelope));
    note.passkey = await asked.then(answerOf, () => undefined);
  }
  await put("notes", note).catch(full); // in the draft's place
  queued = keyOf(form);
  form.dataset.done = "yes";
  form.reset();
  tell();
  go();
  navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("deliver")).catch(() => {});
  return document.getElementById("queued").innerHTML;
}
// The page that said "Waiting for signal" says "Sent" once it is.
async function showQueued() {
  const box = document.querySelector("[data-queued]");
  const note = box && queued && (await get("notes", queued));
  if (!note) return;
  const title = TITLES[note.state] ?? "Waiting for signal";
  box.querySelector("h1").textContent = title;
  document.title = `${title} – Inkling`;
  for (const part of box.querySelectorAll("[data-show]")) part.hidden = !part.dataset.show.includes(note.state);
  if (note.reason) box.querySelector(`[data-show=${note.state}]`).textContent = stateOf(note);
}
new BroadcastChannel("waiting").onmessage = showQueued;

// --- The page ---
export async function startCompose(form) {
  release?.();
  if (!form) return showQueued();
  hold(form.elements.id.value);
  form.addEventListener("input", () => (timer ??= setTimeout(keepNow, 1_500, form)));
  if ("shell" in form.dataset) return askWho((author) => begin(form, author));
  record = await me().catch(() => undefined);
  if (hasWords(form)) keepNow(form);
}
// On the shell, whoever has a key here writes.
async function begin(form, author) {
  const box = form.querySelector("[data-caseload]");
  if (record && record.enrolment !== author.enrolment) {
    // What was begun as somebody else is theirs no more.
    await next(() => remove("notes", keyOf(form)));
    box.querySelector("[data-list]").replaceChildren();
  }
  record = author;
  form.hidden = false;
  startCaseload(box, record, (key) => offer(form, box, key));
  if (hasWords(form)) keepNow(form);
}
// What was begun before and not sent, for whoever has just shown that it is theirs.
async function offer(form, box, key) {
  const open = await openDrafts();
  for (const draft of await all("notes", of(record.enrolment))) {
    if (draft.state !== "draft" || !draft.mine || open.includes(draft.id)) continue;
    const textContent = `Go on with what you wrote at ${clockTime(draft.at)}`;
    const button = make("button", { type: "button", className: "govuk-button govuk-button--secondary", textContent });
    button.onclick = async () => {
      await keepNow(form);
      button.remove();
      hold(draft.id);
      putBack(form, box, JSON.parse(await openWith(key, infoOf(draft), draft.mine)));
    };
    box.querySelector("[data-drafts]").append(button);
  }
}

function putBack(form, box, fields) {
  form.reset();
  for (const [name, value] of fields) {
    const all = [...form.querySelectorAll(`[name="${name}"]`)];
    const chosen = all.find((one) => one.value === value && /^(radio|checkbox)$/.test(one.type));
    if (chosen) chosen.checked = true;
    else if (name === "people") add(box, { ...LOCKED, id: value }, true);
    else if (all.length === 1) all[0].value = value;
  }
}
