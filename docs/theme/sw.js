// The service worker: the network first, and what the reader has asked to keep where there is none or it does not answer.

const PATIENCE = 4000; // milliseconds

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const kept = await caches.match(request, { ignoreSearch: true }); // ?lang=hi, or ?v= of a style sheet
  if (!kept) return fetch(request);
  const late = new Promise((done) => setTimeout(() => done(kept), PATIENCE));
  return Promise.race([fetch(request).catch(() => kept), late]);
}
