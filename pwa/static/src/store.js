// What this browser keeps (IndexedDB "inkling"): delivery keys, sealed notes and drafts, the sealed caseload,
// and the latest time seen. No words and no child's name are ever put here unsealed.
const KEYS = { keys: "public", notes: ["enrolment", "id"], caseload: "enrolment", clock: "of" };
let opened;
const open = () =>
  (opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open("inkling", 1);
    const forget = () => (opened = null); // the next use opens it again
    asked.onupgradeneeded = () => Object.entries(KEYS).forEach(([name, keyPath]) => asked.result.createObjectStore(name, { keyPath }));
    asked.onsuccess = () => done(Object.assign(asked.result, { onclose: forget }));
    asked.onerror = () => fail(asked.error, forget());
  }));
// One transaction over some stores. `work` makes its requests at once or in their callbacks; what its
// last request found is given, once everything is on the disk.
export async function within(names, work, mode = "readwrite") {
  const database = await open();
  return new Promise((done, fail) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    const asked = work(...[names].flat().map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => done(asked?.result);
    transaction.onabort = () => fail(transaction.error ?? new Error("not kept"));
  });
}
export const get = (name, key) => within(name, (store) => store.get(key), "readonly");
export const all = (name, range) => within(name, (store) => store.getAll(range), "readonly");
export const put = (name, value) => within(name, (store) => store.put(value));
export const remove = (name, key) => within(name, (store) => store.delete(key));
// The notes and drafts of one enrolment.
export const of = (enrolment) => IDBKeyRange.bound([enrolment], [enrolment, []]);
// Changes what is kept under a key in one transaction, and gives it as it then is. What is gone stays gone.
export async function update(name, key, change) {
  let changed;
  await within(name, (store) => {
    const asked = store.get(key);
    asked.onsuccess = () => asked.result && store.put((changed = { ...asked.result, ...change(asked.result) }));
  });
  return changed;
}
