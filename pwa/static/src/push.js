// Notifications on this device: asked for by a tap, never on load, and let go of on signing out.
import { post } from "./post.js";

const SAYS = {
  on: "This device tells you when there is something new about a child you support.",
  off: "This device does not tell you anything. Your inbox does.",
  blocked: "Notifications are blocked. Allow them for Inkling in this device's settings, then load this page again.",
  unable: "This browser cannot show notifications. On an iPhone or iPad, add Inkling to the home screen first.",
};

const manager = async () => (await navigator.serviceWorker.ready).pushManager;

const able = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function state(box) {
  if (!able()) return "unable";
  if (Notification.permission === "denied") return "blocked";
  // What the service knows counts: a device keeps its subscription when somebody else signs in.
  return box.dataset.told === "yes" && (await (await manager()).getSubscription()) ? "on" : "off";
}

function show(box, now, problem = "") {
  box.querySelector("[data-push-says]").textContent = problem || SAYS[now];
  for (const button of box.querySelectorAll("[data-push-turn]")) {
    button.hidden = now !== (button.dataset.pushTurn === "on" ? "off" : "on");
  }
}

async function turnOn(key) {
  if ((await Notification.requestPermission()) !== "granted") return;
  const push = await manager();
  // One made for another key, or for whoever had this device before, is of no use.
  await (await push.getSubscription())?.unsubscribe();
  const made = await push.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  await post("/notifications/on", { endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

async function turnOff() {
  await (await (await manager()).getSubscription())?.unsubscribe();
  await post("/notifications/off");
}

async function turn(box, way) {
  try {
    await (way === "on" ? turnOn(box.dataset.pushKey) : turnOff());
    box.dataset.told = way === "on" && Notification.permission === "granted" ? "yes" : "no";
    show(box, await state(box));
  } catch (problem) {
    show(box, await state(box), problem.message);
  }
}

export async function startPush() {
  const box = document.querySelector("[data-push-key]:not([data-push-started])");
  if (!box) return;
  box.dataset.pushStarted = "";
  for (const button of box.querySelectorAll("[data-push-turn]")) {
    button.addEventListener("click", () => turn(box, button.dataset.pushTurn));
  }
  show(box, await state(box));
}

// The service forgets this device by itself; this makes the browser forget as well.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[action='/sign-out']") || !able()) return;
  event.preventDefault();
  const letGo = manager().then((push) => push.getSubscription()).then((held) => held?.unsubscribe());
  const longEnough = new Promise((done) => setTimeout(done, 1500));
  await Promise.race([letGo, longEnough]).catch(() => {});
  form.submit();
});
