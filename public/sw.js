// The service worker of the tablet's app. After one visit the app starts without a network.
//
// - It keeps every file of a build under the hash of the file's content. So an update downloads
//   only the changed files. The running version keeps its own files until the new one takes over.
// - A new version waits. It takes over when the last page of the old version is closed, or when a
//   person asks for it (message `skip-waiting`). So a reload never deletes a half-filled form.
// - It never answers these paths: `/api/`, because data has its own storage with its own rules;
//   `/desk/`, the app of head office, which works online; `/s/`, the links that suppliers get.
//
// app/build/precache.mjs writes the two constants. Without that, the worker keeps nothing.

const VERSION = "unbuilt";
/** URL path of each file of the build → SHA-256 of its content, hexadecimal. `/` is index.html. */
const FILES = {};

const CACHE = "calloff-app";
const SHELL = "/";
const NETWORK_ONLY = /^\/(api|desk|s)(\/|$)/;

/** The key of a kept file: its path and the hash of its content. */
function cacheKey(path) {
  return new URL(`${path}?sha256=${FILES[path]}`, self.location.origin).href;
}

async function sha256Hex(response) {
  const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Fetches one file and keeps it. The browser asks the server even if its HTTP cache has the file.
 * Fails if the content is not of this build, for example because the server got a newer build.
 */
async function keep(cache, path) {
  const key = cacheKey(path);
  if (await cache.match(key)) return;
  const response = await fetch(path, { cache: "no-cache", credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    const redirected = response.redirected ? " after a redirect" : "";
    throw new Error(`${path}: status ${response.status}${redirected}`);
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

/** Removes the files of the previous version that this version does not need. */
async function activate() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(cacheKey));
  const kept = await cache.keys();
  const unneeded = kept.filter(({ url }) => !wanted.has(url));
  await Promise.all(unneeded.map((request) => cache.delete(request)));
  await self.clients.claim();
}

/** The kept file, or the file from the network if the browser deleted the kept one. */
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
