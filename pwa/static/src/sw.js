/* global SHELL */
// Keeps the shell for when there is no signal. Nothing about a person is ever put in a cache: only
// what the build names, and the offline page, which is the same for everyone.
const OFFLINE = "/offline";
const CACHE = `shell ${SHELL.join(" ")}`;

self.addEventListener("install", (event) => {
  // No skipWaiting: a new version must not take over while someone is composing.
  const wanted = [...SHELL, OFFLINE].map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (SHELL.includes(pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
