// Whose page this is: the record of whoever is signed in, or of who says on the shell that it is them.
import { post } from "./post.js";
import { all, put, update, within } from "./store.js";

// On signed-in pages: my enrolment, and the sealing key that is in use.
export const [signedIn, sealingKey] = document.querySelector("meta[name=enrolment]")?.content.split(" ") ?? [];



export const people = async () => (await all("keys")).filter(({ enrolment }) => enrolment);

const found = async (enrolment) => (await people()).find((one) => one.enrolment === enrolment);

// Gives the record of who is signed in, or undefined where this browser has none.
export const me = async () => (await found(signedIn)) ?? (await bound);

// Writes into the key's record whose it became, once; and again when the sealing key is a new one.
async function bind() {
  if (!signedIn) return;
  const before = await found(signedIn);
  if (before?.sealing.id === sealingKey) return before;
  if (!before && (await all("keys")).length === 0) return; // evicted, or never enrolled with a key
  const { enrolment, deliveryKey, key, author, name, authority, verify, shared, credential } = await post("/device");
  const told = { enrolment, author, name, authority, verify, shared, credential, sealing: key };
  const bound = await update("keys", deliveryKey, () => told);
  if (bound && before && before.public !== deliveryKey) {
    // The demo gives a new key at each sign-in: it takes over, and may not count from nought again.
    const { number, count, locker } = before;
    await put("keys", { ...bound, number, count, locker });
    await within("keys", (keys) => keys.delete(before.public));
  }
  navigator.storage?.persist?.().catch(() => {});
  return bound && found(enrolment);
}

const bound = bind().catch(() => undefined);
