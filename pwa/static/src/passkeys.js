// Passkeys: making one, signing in with one, confirming with one. A ceremony is a button inside
// [data-passkey]: its options come from <at>/begin, and the browser's answer goes to <at>/finish.
// Options and answers are turned from and to JSON here, because the browsers we serve do not all do it.
import { keepLocker, PRF } from "./caseload.js";
import { bytes, text } from "./encoding.js";
import { keyFor, newKey, sign } from "./keys.js";
import { say } from "./page.js";
import { post } from "./post.js";
import { all, update } from "./store.js";

const SENTENCES = {
  NotAllowedError: "Nothing was done: it was cancelled, or took too long. Try again.",
  InvalidStateError: "This device holds a passkey for you already. Sign in with it instead.",
  NotSupportedError: "This device cannot keep such a passkey. Use another one, or a security key.",
  SecurityError: "Passkeys do not work at this address. Use the one that your organisation gave you.",
};
const UNABLE = "This browser has no passkeys. Use a newer one, or the one your organisation recommends.";
const known = (credentials = []) => credentials.map((one) => ({ ...one, id: bytes(one.id) }));
// `how` is "create" or "get"; the passkey can later open what is sealed on this device (PRF).
function ask(how, { challenge, user, allowCredentials, excludeCredentials, ...options }) {
  const publicKey = { ...options, challenge: bytes(challenge), extensions: { prf: PRF } };
  if (how === "get") publicKey.allowCredentials = known(allowCredentials);
  else Object.assign(publicKey, { user: { ...user, id: bytes(user.id) }, excludeCredentials: known(excludeCredentials) });
  return navigator.credentials[how]({ publicKey });
}
// What the server needs and no more: extension results stay here, because a PRF result is a secret.
export function answerOf(credential) {
  const { id, rawId, type, response } = credential;
  const parts = response.attestationObject ? { transports: response.getTransports?.() ?? [] } : {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  return { id, rawId: text(rawId), type, response: parts };
}
// The key of this browser that stands beside a passkey, with its proof: kept before the service hears of it.
async function deliveryKey({ id }, challenge) {
  const record = (await keyFor(id)) ?? (await newKey(id));
  return { key: record.public, proof: await sign(record, bytes(challenge)) };
}

async function ceremony({ passkey, at, next }) {
  const options = await post(`${at}/begin`);
  const credential = await ask(passkey, options);
  // Browsers lose hold of their storage now and then, so it is tried twice: whoever comes without the key
  // has to be approved again. Where nothing can be kept, the service knows the browser by its cookie alone.
  const prove = () => deliveryKey(credential, options.challenge);
  const delivery = await prove().catch(prove).catch(() => undefined);
  // An iPad calls itself a Mac; whoever approves it should read what it is.
  const touch = navigator.maxTouchPoints > 1 ? "?touch" : "";
  const { go, kept, spent } = await post(`${at}/finish${touch}`, { ...answerOf(credential), delivery });
  // Another enrolment has this key: it goes on delivering for that one, and the next sign-in makes a new one.
  if (spent) await update("keys", delivery.key, () => ({ credential: undefined })).catch(() => {});
  const secret = credential.getClientExtensionResults().prf?.results?.first;
  if (secret && delivery && !go) {
    // Signed in, with a locker or without.
    const longEnough = new Promise((done) => setTimeout(done, 3_000));
    await Promise.race([keepLocker(new Uint8Array(secret), delivery.key), longEnough]).catch(() => {});
  }
  const carried = document.getElementById("carried");
  if (carried && kept) carried.submit();
  else location.assign(go ?? next);
}

async function run(box, button) {
  const alert = box.querySelector('[role="alert"]');
  say(alert, "");
  if (!window.PublicKeyCredential) return say(alert, UNABLE);
  button.disabled = true;
  try {
    await ceremony(box.dataset);
  } catch (error) {
    const ours = error instanceof DOMException ? SENTENCES[error.name] : error.message;
    say(alert, ours || "The passkey could not be used. Try again.");
  } finally {
    button.disabled = false;
  }
}
// The demo has no passkeys: its form brings this browser's key for whomever it is to be, if there can be one.
async function keyForDemo(who) {
  const record = (await all("keys")).find((one) => one.demo === who) ?? (await newKey());
  await update("keys", record.public, () => ({ demo: who }));
  return record.public;
}
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  const field = form.elements.delivery_key;
  if (!field || field.value || !submitter) return;
  event.preventDefault();
  await keyForDemo(submitter.value).then((key) => (field.value = key), () => field.remove());
  form.requestSubmit(submitter);
  field.value = "";
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-passkey] button");
  if (button) run(button.closest("[data-passkey]"), button);
});

export function startPasskeys() {
  // On an iPhone an installed app keeps its own cookies: enrolling in the browser would enrol that only.
  if (navigator.standalone === false) document.querySelectorAll("[data-install]").forEach((hint) => (hint.hidden = false));
  document.querySelector("#carried [data-go-on]")?.form.submit();
}
