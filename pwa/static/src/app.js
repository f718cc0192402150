// What every page runs. A module for one thing stands in its own file and is imported here.
import "./htmx.js";
import "htmx.org";
import { startComponents } from "./components.js";
import { startLog } from "./log.js";
import { startPasskeys } from "./passkeys.js";
import { startPush } from "./push.js";
import "./session.js";

function start() {
  startComponents();
  startPush();
  startLog();
}

start();
startPasskeys();
document.addEventListener("htmx:after:swap", start);

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {
    // Pages work without it; a private window may refuse.
  });
}
