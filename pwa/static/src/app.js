// What every page runs. A module for one thing stands in its own file and is imported here.
import "./htmx.js";
import "htmx.org";
import { startComponents } from "./components.js";
import { startLog } from "./log.js";
import { startPush } from "./push.js";

function start() {
  startComponents();
  startPush();
}

start();
document.addEventListener("htmx:after:swap", start);

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {
    // Pages work without it; a private window may refuse.
  });
}
