// Whose page this is, and which of the keys kept here is theirs.
import { post } from "./post.js";
import { all, update } from "./store.js";

// On signed-in pages: my enrolment, and the sealing key that is in use.
export const [signedIn, sealingKey] = document.querySelector("meta[name=enrolment]")?.content.split(" ") ?? [];
export const people = async () => (await all("keys")).filter(({ enrolment }) => enrolment);
const mine = async () => (await people()).find(({ enrolment }) => enrolment === signedIn);
// Gives the record of who is signed in, or undefined where this browser has none.
export const me = async () => (await mine()) ?? (await bound);
// Writes into a key's record whose it became, once; and again when there is a new key to seal to.
async function bind() {
  const before = signedIn && (await mine());
  if (!signedIn || before?.sealing.id === sealingKey) return before;
  if ((await all("keys")).length === 0) return; // evicted, or never enrolled with a key
  const { key, deliveryKey, enrolment, author, name, authority, verify, shared, credential } = await post("/device");
  navigator.storage?.persist?.().catch(() => {});
  return update("keys", deliveryKey, () => ({ sealing: key, enrolment, author, name, authority, verify, shared, credential }));
}
const bound = bind().catch(() => undefined);
