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

async function show(box, problem) {
  const now = await state(box);
  box.querySelector("[data-push-says]").textContent = problem ?? SAYS[now];
  for (const button of box.querySelectorAll("[data-push-turn]")) button.hidden = now !== (button.dataset.pushTurn === "on" ? "off" : "on");
}

async function turn(box, on) {
  if (on && (await Notification.requestPermission()) !== "granted") return;
  const push = await manager();
  // One made for another key, or for whoever had this device before, is of no use.
  await (await push.getSubscription())?.unsubscribe();
  if (on) {
    const { endpoint, keys } = (await push.subscribe({ userVisibleOnly: true, applicationServerKey: box.dataset.pushKey })).toJSON();
    await post("/notifications/on", { endpoint, p256dh: keys.p256dh, auth: keys.auth });
  } else await post("/notifications/off");
  box.dataset.told = on ? "yes" : "no";
}

export async function startPush() {
  const box = document.querySelector("[data-push-key]:not([data-push-started])");
  if (!box) return;
  box.dataset.pushStarted = "";
  for (const button of box.querySelectorAll("[data-push-turn]")) {
    button.onclick = () => turn(box, button.dataset.pushTurn === "on").then(() => show(box), ({ message }) => show(box, message));
  }
  show(box);
}
// The service forgets this device by itself; this makes the browser forget as well.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[action='/sign-out']") || !able()) return;
  event.preventDefault();
  const letGo = manager().then((push) => push.getSubscription()).then((held) => held?.unsubscribe());
  await Promise.race([letGo, new Promise((done) => setTimeout(done, 1500))]).catch(() => {});
  form.submit();
});
