/* global SHELL, ICON, BADGE, PAGES */
// Keeps the shell for when there is no signal, and delivers what waits when there is. Nothing about a
// person is ever put in a cache: only what the build names, and two pages that are the same for everyone.
import { drain } from "./deliver.js";

const [OFFLINE, LOG] = ["/offline", "/offline/log"];
const PATIENCE = 4_000; // for a page; a signal that is too weak is none
// The service puts a digest of the two pages in, so that they are kept anew when they change.
const CACHE = `shell ${PAGES} ${SHELL.join(" ")}`;

self.addEventListener("install", (event) => {
  // No skipWaiting: a new version must not take over while someone is composing.
  const wanted = [...SHELL, OFFLINE, LOG].map((url) => new Request(url, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop));
});
const kept = async (request) => (await caches.open(CACHE)).match(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, pathname === "/log" ? LOG : OFFLINE));
  else if (SHELL.includes(pathname)) event.respondWith(kept(request).then((found) => found ?? fetch(request)));
});

async function page(request, instead) {
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  const answer = await Promise.race([fetch(request), late]).catch(() => undefined);
  // What stands before the service says that it cannot be reached: no reason not to write a note.
  if (answer && !(instead === LOG && [502, 503, 504].includes(answer.status))) return answer;
  return (await kept(instead)) ?? fetch(request);
}
// Background Sync, where there is any: tried again by the browser as long as something is left.
self.addEventListener("sync", (event) => {
  if (event.tag !== "deliver") return;
  event.waitUntil(drain().then((done) => done || Promise.reject(new Error("tried again later"))));
});

self.addEventListener("push", (event) => event.waitUntil(Promise.all([show(event.data), drain().catch(() => {})])));
// What stands on a locked screen names nobody. The tag keeps a repeat from showing twice.
async function show(data) {
  // A browser shows something of its own unless we show something.
  const read = Promise.resolve(data).then((said) => said.json());
  const { text = "Something new about a child you support", tag } = await read.catch(() => ({}));
  await self.registration.showNotification("Inkling", { body: text, tag, icon: ICON, badge: BADGE });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openInbox());
});
// A window that shows another page is left alone: somebody may be composing there.
async function openInbox() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((one) => new URL(one.url).pathname === "/inbox");
  if (!open) return self.clients.openWindow("/inbox");
  await open.focus();
  return open.navigate("/inbox");
}
