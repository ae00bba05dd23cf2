// The service worker: the network first, and what the reader has asked to keep where there is none or it does not answer.

const PATIENCE = 4000; // milliseconds

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.headers.has("X-Keep")) return; // offline.js wants what is on the network now, or to hear that there is none
  event.respondWith(answer(request));
});

async function answer(request) {
  const url = new URL(request.url);
  if (url.pathname.endsWith("/")) url.pathname += "index.html";
  const kept = await caches.match(url, { ignoreSearch: true }); // ?lang=hi, or ?v= of a style sheet
  if (!kept) return fetch(request);
  const late = new Promise((done) => setTimeout(() => done(kept), PATIENCE));
  const now = fetch(request).then((answer) => (answer.status >= 500 ? kept : answer), () => kept);
  return Promise.race([now, late]);
}
