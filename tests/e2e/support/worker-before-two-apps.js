// The app's service worker: after one visit the app starts without a network.
//
// - Every file of a build is kept under the hash of its content, so an update downloads only what
//   changed and the running version keeps its own files until the new one takes over.
// - A new version waits. It takes over when the last page of the old one is closed, or when a
//   person asks (message `skip-waiting`): a form half filled in is never reloaded away.
// - `/api/` is never answered from here: data has its own storage with its own rules.
//
// The two constants are written by app/hooks/precache.mjs; as they stand here nothing is kept.

const VERSION = "unbuilt";
/** URL path of each file of the build → SHA-256 of its content, hexadecimal. `/` is index.html. */
const FILES = {};

const CACHE = "calloff-app";
const SHELL = "/";
const NETWORK_ONLY = /^\/api(\/|$)/;

/** The key a file is kept under: its path and its content. */
function cacheKey(path) {
  return new URL(`${path}?sha256=${FILES[path]}`, self.location.origin).href;
}

async function sha256Hex(response) {
  const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fetches one file past the HTTP cache and keeps it, unless a deployment in between made it another file. */
async function keep(cache, path) {
  const key = cacheKey(path);
  if (await cache.match(key)) return;
  const response = await fetch(path, { cache: "no-cache", credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    throw new Error(`${path}: status ${response.status}${response.redirected ? " after a redirect" : ""}`);
  }
  const found = await sha256Hex(response.clone());
  if (found !== FILES[path]) {
    throw new Error(`${path}: content ${found} is not of version ${VERSION}`);
  }
  await cache.put(key, response);
}

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.keys(FILES).map((path) => keep(cache, path)));
}

/** Removes what the version before needed and this one does not. */
async function activate() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(cacheKey));
  const kept = await cache.keys();
  await Promise.all(kept.filter(({ url }) => !wanted.has(url)).map((request) => cache.delete(request)));
  await self.clients.claim();
}

/** The kept file; the network only where the browser has thrown ours away. */
async function fromCache(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(cacheKey(path))) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data?.type === "skip-waiting") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (NETWORK_ONLY.test(url.pathname)) return;
  if (Object.hasOwn(FILES, url.pathname)) {
    event.respondWith(fromCache(url.pathname, request));
  } else if (request.mode === "navigate" && Object.hasOwn(FILES, SHELL)) {
    event.respondWith(fromCache(SHELL, request));
  }
});
