/* global SHELL, ICON, BADGE */
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

// What stands on a locked screen names nobody. The tag keeps a repeat from showing twice.
self.addEventListener("push", (event) => {
  const { text = "Something new about a child you support", tag } = read(event.data);
  event.waitUntil(self.registration.showNotification("Inkling", { body: text, tag, icon: ICON, badge: BADGE }));
});

function read(data) {
  try {
    return data.json();
  } catch {
    return {}; // a browser shows something of its own unless we show something
  }
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
