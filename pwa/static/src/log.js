// Log, made smoother: type-ahead among my children, one id a note, and words that are not lost.
import { forget, hasWords, isKept, startCompose } from "./compose.js";
import { say } from "./page.js";

const NO_ANSWER = "Not sent: there is no answer. What you typed is still here. Try again in a moment.";
let sending = false;
const fold = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
// "12 more children" opens by itself and shows those whose name has a word that begins like this.
function typeAhead(details) {
  const [find, input, count] = [".who__find", ".who__find input", ".who__find [role=status]"].map((one) => details.querySelector(one));
  const chips = [...details.querySelectorAll(".chip")];
  const show = () => {
    const typed = fold(input.value).trim();
    let shown = 0;
    for (const chip of chips) {
      const name = fold(chip.dataset.name);
      const agrees = typed !== "" && (name.startsWith(typed) || name.includes(` ${typed}`) || name.includes(`-${typed}`));
      chip.hidden = !agrees && !chip.querySelector("input").checked;
      shown += agrees;
    }
    count.textContent = typed === "" ? `Type a name to see ${chips.length} more.` : shown === 1 ? "1 child" : `${shown} children`;
  };
  details.open = true;
  details.querySelector("summary").hidden = true;
  find.hidden = false;
  input.oninput = show;
  input.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // not Send
    chips.find((chip) => !chip.hidden)?.querySelector("input").focus();
  };
  show();
}

function start(form) {
  form.dataset.started = "";
  const unsent = document.getElementById("unsent");
  // The id is made here, so that the same note sent twice is one note, wherever it waits in between.
  if (!form.hasAttribute("data-again") && crypto.randomUUID) form.elements.id.value = crypto.randomUUID();
  form.querySelectorAll("[data-typeahead]").forEach(typeAhead);
  form.addEventListener("htmx:before:request", () => unsent.replaceChildren());
  form.addEventListener("htmx:finally:request", () => (sending = false));
  form.addEventListener("htmx:error", ({ detail: { error } }) => say(unsent, error?.cause === "said" ? error.message : NO_ANSWER));
  startCompose(form);
}
// What was typed went along to the page about staff, and is kept nowhere. No form is sent for that which
// the browser would write down, to send it again.
document.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
  if (target.matches?.("[data-take-along]") && ctx.response.ok) forget(target.closest("form")).catch(() => {});
});

async function copy(event) {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const copied = await navigator.clipboard.writeText(field.value).then(() => "Copied", () => field.select());
  button.parentElement.querySelector("[role=status]").textContent = copied ?? "Selected: copy it from there";
}
// Ten seconds, then Undo is not offered any more; the page keeps the keyboard where it was useful.
function endUndo(form) {
  form.dataset.started = "";
  setTimeout(() => {
    const held = form.contains(document.activeElement);
    form.remove();
    if (held) document.querySelector("#log h1")?.focus();
  }, 10_000);
}

export function startLog() {
  sending = false;
  const form = document.querySelector("form[data-log]");
  if (!form) startCompose();
  else if (!("started" in form.dataset)) start(form);
  document.querySelectorAll("form.undo:not([data-started])").forEach(endUndo);
  document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));
}
document.addEventListener("click", copy);
document.addEventListener("submit", () => (sending = true));
// Leaving the page by accident asks first, where words would be lost: they are kept nowhere.
addEventListener("beforeunload", (event) => {
  const form = document.querySelector("form[data-log]");
  if (form && !sending && hasWords(form) && !isKept()) event.preventDefault();
});
// A page that comes back from the browser's memory after Send must not send under the old id; one that
// was left unsent comes back with its words.
addEventListener("pageshow", ({ persisted }) => persisted && sending && location.reload());
