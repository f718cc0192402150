// Writing without signal, or without a session: what is typed is kept, sealed, while it is typed; what is
// sent and gets no answer is sealed, kept, and delivered as soon as it can be (deliver.js).
import { HIDDEN, add, askWho, startCaseload } from "./caseload.js";
import { isWaiting, tell } from "./deliver.js";
import { bytes, sha256, utf8 } from "./encoding.js";
import { answerOf } from "./passkeys.js";
import { envelopeOf, openWith, sealTo } from "./sealing.js";
import { all, get, of, put, remove, within } from "./store.js";
import { clockTime, go, startWaiting, stateOf } from "./waiting.js";
import { me, people } from "./who.js";

const PATIENCE = 8_000; // for an answer to Send
const NO_ANSWER = [502, 503, 504];

let record; // whose words these are; without one nothing is kept
let timer;
let release;
let queued; // where the note stands that was sealed last
let last = Promise.resolve();

// Keeping and sending come one after the other, so that no draft outlives its note.
function next(task) {
  const done = last.then(task);
  last = done.catch(() => {});
  return done;
}

export const hasWords = (form) =>
  [...form.elements].some((field) => /^(text|textarea)$/.test(field.type) && field.value.trim() !== "");

// Whether what stands in the form comes back, if the page is left.
export const isKept = () => Boolean(record);

const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && value !== "");

// --- While it is typed -----------------------------------------------------------------------------------

const infoOf = (enrolment, id) => `inkling draft 1\n${enrolment}\n${id}`;

async function keep(form) {
  clearTimeout(timer);
  timer = undefined;
  if (!record || form.dataset.done) return;
  const { enrolment } = record;
  const id = form.elements.id.value;
  if (!hasWords(form)) return remove("drafts", [enrolment, id]);
  const fields = fieldsOf(form);
  const { locker } = (await get("keys", record.public)) ?? {};
  const draft = await envelopeOf(record, "draft", id, fields);
  // For its author alone, where the passkey opens it here too.
  if (locker) draft.mine = await sealTo(locker.public, infoOf(enrolment, id), utf8(JSON.stringify(fields)));
  await put("drafts", draft);
}

// Where nothing can be kept any more, that is said.
const keepNow = (form) => next(() => keep(form)).catch(() => ((record = undefined), startWaiting()));

export const forget = (form) => {
  form.dataset.done = "";
  return next(() => record && remove("drafts", [record.enrolment, form.elements.id.value]));
};

// While a page holds this lock, nobody else delivers the draft or offers it.
function hold(id) {
  release?.();
  navigator.locks.request(`draft ${id}`, () => new Promise((done) => (release = done)));
}

addEventListener("pagehide", saveOpen);
document.addEventListener("visibilitychange", saveOpen);
function saveOpen() {
  const form = document.querySelector("form[data-log]");
  if (form && timer) keepNow(form);
}

// --- Send -------------------------------------------------------------------------------------------------

document.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
  if (!target.matches("form[data-log]")) return;
  ctx.request.timeout = 120_000; // a passkey may be asked for; sending itself has less
  ctx.fetch = (action, request) => send(target, action, request);
});

async function send(form, action, request) {
  const shell = form.hasAttribute("data-shell");
  // What waits goes first: notes keep their order.
  const waits = record && (!navigator.onLine || (await all("notes", of(record.enrolment))).some(isWaiting));
  if (!shell && !waits) {
    try {
      const answer = await fetch(action, { ...request, signal: AbortSignal.timeout(PATIENCE) });
      const words = await answer.text();
      if (!record || !NO_ANSWER.includes(answer.status)) {
        if (answer.ok) await forget(form);
        return new Response(words, answer);
      }
    } catch (error) {
      if (!record) throw error;
    }
  }
  return new Response(await next(() => queue(form, shell)));
}

const saying = (sentence) => new Error(sentence, { cause: "said" });

async function queue(form, shell) {
  const said = new FormData(form);
  if (!said.get("saw").trim() && !said.get("thinks").trim()) throw saying("Not sent: write what you saw or heard, or what you think or feel.");
  const someone = said.get("someone_else") && (said.get("first") || said.get("last"));
  if (!shell && !said.get("people") && !someone) throw saying("Not sent: choose who it is about.");
  const note = { ...(await envelopeOf(record, "note", form.elements.id.value, fieldsOf(form))), state: "waiting" };
  if (record.credential && (record.shared || (await people()).length > 1)) {
    await keep(form);
    // Without it the note is kept all the same, and waits for its author's sign-in.
    note.passkey = await confirm(note.envelope).catch(() => undefined);
  }
  await within(["notes", "drafts"], (notes, drafts) => {
    drafts.delete([note.enrolment, note.id]);
    return notes.put(note);
  }).catch(() => {
    throw saying("Not sent: there is no signal, and this device has no room to keep it. What you typed is still here.");
  });
  form.dataset.done = "";
  queued = [note.enrolment, note.number];
  const shown = document.getElementById("queued").innerHTML;
  form.reset();
  tell();
  go();
  navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("deliver")).catch(() => {});
  return shown;
}

async function confirm(envelope) {
  const publicKey = {
    challenge: await sha256(envelope),
    allowCredentials: [{ type: "public-key", id: bytes(record.credential) }],
    userVerification: "required",
  };
  return answerOf(await navigator.credentials.get({ publicKey }));
}

// The page that said "Waiting for signal" says "Sent" once it is.
async function showQueued() {
  const box = document.querySelector("[data-queued]");
  const note = box && queued && (await get("notes", queued));
  if (!note) return;
  const state = note.state === "sending" ? "waiting" : note.state;
  for (const part of box.querySelectorAll("[data-show]")) part.hidden = part.dataset.show !== state;
  box.querySelector("h1").textContent = { waiting: "Waiting for signal", sent: "Sent", refused: "Not taken" }[state];
  if (note.reason) box.querySelector(`[data-show=${state}]`).textContent = stateOf(note);
}
document.addEventListener("waiting", showQueued);

// --- The page ---------------------------------------------------------------------------------------------

export async function startCompose(form) {
  if (!form) {
    release?.();
    return showQueued();
  }
  hold(form.elements.id.value);
  form.addEventListener("input", () => (timer ??= setTimeout(keepNow, 1500, form)));
  if (form.hasAttribute("data-shell")) await startShell(form);
  else record = await me().catch(() => undefined);
  if (hasWords(form)) keepNow(form);
}

// The shell serves whoever has a key here.
function startShell(form) {
  const box = form.querySelector("[data-caseload]");
  return askWho(async (author) => {
    if (record && record.enrolment !== author.enrolment) {
      // What was begun as somebody else is theirs no more.
      await next(() => remove("drafts", [record.enrolment, form.elements.id.value]));
      box.querySelector("[data-list]").replaceChildren();
    }
    record = author;
    form.hidden = false;
    startCaseload(box, record, (key) => offer(form, box, key));
    if (hasWords(form)) keepNow(form);
  });
}

// What was begun before and not sent, for whoever has just shown that it is theirs.
async function offer(form, box, key) {
  const open = (await navigator.locks.query()).held.map(({ name }) => name);
  const free = ({ id, mine }) => mine && !open.includes(`draft ${id}`);
  for (const draft of (await all("drafts", of(record.enrolment))).filter(free)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = `Go on with what you wrote at ${clockTime(draft.at)}`;
    button.onclick = async () => {
      await keepNow(form);
      const fields = JSON.parse(await openWith(key, infoOf(draft.enrolment, draft.id), draft.mine));
      button.remove();
      hold(draft.id);
      fill(form, box, fields);
    };
    box.querySelector("[data-drafts]").append(button);
  }
}

function fill(form, box, fields) {
  form.reset();
  for (const [name, value] of fields) {
    let found = [...form.querySelectorAll(`[name="${name}"]`)];
    if (/^(radio|checkbox)$/.test(found[0]?.type)) found = found.filter((one) => one.value === value);
    if (name === "people" && !found.length) add(box, { ...HIDDEN, id: value }, true);
    for (const one of found) {
      if (/^(radio|checkbox)$/.test(one.type)) one.checked = true;
      else one.value = value;
    }
  }
}
