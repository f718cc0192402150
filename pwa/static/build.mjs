// Builds what pages load, from src/ into built/. The same source gives the same bytes.
//
// built/manifest.json maps a logical name (app.css) to the built one (app-0123456789.css). Names carry
// a hash of the content, so they may be cached for a year; sw.js alone keeps its name, because browsers
// look for the next version of a service worker at the same address.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { Resvg } from "@resvg/resvg-js";
import { build } from "esbuild";
import * as sass from "sass";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const src = (name) => join(here, "src", name);
const fresh = join(here, "built.new");

// Where the files of built/ are served.
const BASE = "/static/";

const manifest = {};

function emit(name, content, { hashed = true } = {}) {
  const bytes = Buffer.from(content);
  const mark = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const built = hashed ? name.replace(/(\.\w+)$/, `-${mark}$1`) : name;
  writeFileSync(join(fresh, built), bytes);
  if (/\.(css|js|svg)$/.test(name)) {
    // Compressed once, as small as can be, instead of at every request.
    const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(join(fresh, `${built}.br`), brotliCompressSync(bytes, { params: size }));
    writeFileSync(join(fresh, `${built}.gz`), gzipSync(bytes, { level: 9 }));
  }
  manifest[name] = built;
}

function css(name) {
  return sass.compile(src(name), {
    style: "compressed",
    loadPaths: [join(root, "node_modules")],
    quietDeps: true,
  }).css;
}

async function js(name, define = {}) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [src(name)],
    bundle: true,
    minify: true,
    write: false,
    format: name === "sw.js" ? "iife" : "esm",
    target: ["chrome109", "firefox115", "safari16.4"],
    define,
  });
  return result.outputFiles[0].contents;
}

function png(svg, size) {
  return new Resvg(svg, { fitTo: { mode: "width", value: size }, font: { loadSystemFonts: false } })
    .render()
    .asPng();
}

function icons() {
  const drop = readFileSync(src("icons/icon.svg"), "utf8");
  const maskable = readFileSync(src("icons/maskable.svg"), "utf8");
  const badge = readFileSync(src("icons/badge.svg"), "utf8");
  emit("favicon.svg", drop);
  emit("favicon.png", png(drop, 48));
  emit("icon-192.png", png(drop, 192));
  emit("icon-512.png", png(drop, 512));
  emit("icon-maskable-512.png", png(maskable, 512));
  emit("apple-touch-icon.png", png(maskable, 180)); // iOS rounds the corners itself
  emit("badge-96.png", png(badge, 96)); // Android shows its shape only
}

// What a printed copy is set in: it holds the letters of Welsh and of most names, and goes into the copy.
function fonts() {
  const from = join(root, "node_modules/dejavu-fonts-ttf/ttf");
  emit("copy.ttf", readFileSync(join(from, "DejaVuSans.ttf")));
  emit("copy-bold.ttf", readFileSync(join(from, "DejaVuSans-Bold.ttf")));
}

function webmanifest() {
  const app = JSON.parse(readFileSync(src("app.webmanifest"), "utf8"));
  for (const icon of app.icons) icon.src = BASE + manifest[icon.src];
  emit("app.webmanifest", JSON.stringify(app));
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

emit("app.css", css("app.scss"));
emit("app.js", await js("app.js"));
icons();
fonts();
webmanifest();

// The service worker keeps the shell: what every page needs to look right without signal.
const shell = ["app.css", "app.js", "favicon.svg"].map((name) => BASE + manifest[name]);
const asset = (name) => JSON.stringify(BASE + manifest[name]);
emit(
  "sw.js",
  await js("sw.js", {
    SHELL: JSON.stringify(shell),
    ICON: asset("icon-192.png"),
    BADGE: asset("badge-96.png"),
    PAGES: '"@pages@"', // the service puts a digest of the pages here that the worker keeps
  }),
  { hashed: false },
);

const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);

// Swapped in whole, so that a build that fails leaves the last one standing.
rmSync(join(here, "built"), { recursive: true, force: true });
renameSync(fresh, join(here, "built"));
