// What every page runs. A module for one thing stands in its own file and is imported here.
import "htmx.org";
import { askWho, refresh, startCaseload } from "./caseload.js";
import { startComponents } from "./components.js";
import { startLog } from "./log.js";
import { startPasskeys } from "./passkeys.js";
import { startPush } from "./push.js";
import "./session.js";
import { startWaiting } from "./waiting.js";
import { signedIn } from "./who.js";

const start = () => [startComponents, startPush, startLog, startWaiting].forEach((one) => one());
start();
startPasskeys();
document.addEventListener("htmx:after:swap", start);
// On the page that stands in without signal: whom to ring.
const numbers = document.querySelector("[data-caseload]:not(form *)");
if (numbers) askWho((record) => startCaseload(numbers, record));
// Pages work without these; a private window may refuse both.
if (signedIn) refresh().catch(() => {});
navigator.serviceWorker?.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
