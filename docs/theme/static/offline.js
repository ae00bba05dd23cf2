// The site as an app. Pages are kept in this browser when the reader asks for it, and only then is the worker there.
(() => {
  if (!location.protocol.startsWith("http")) return; // a USB stick has no need of it, and no worker is allowed there
  const root = new URL(document.documentElement.dataset.content_root, location.href);
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "manifest", href: new URL("manifest.webmanifest", root) }),
  );
  const CACHE = `course ${root.pathname}`; // other sites of this address keep theirs
  const VERSION = new URL("offline.json", root).href;
  const asked = (url) => fetch(url, { cache: "no-cache", headers: { "X-Keep": "1" } }); // past the worker

  addEventListener("DOMContentLoaded", async () => {
    const box = document.querySelector(".course-offline");
    if (!box || !navigator.serviceWorker || !window.caches) return;
    box.hidden = false;
    const bar = box.querySelector("progress");
    const [keep, drop] = box.querySelectorAll("button");
    const say = (state, there = ["kept", "newer"].includes(state)) => {
      box.dataset.progress = state;
      keep.disabled = state === "";
      bar.hidden = !keep.disabled;
      drop.hidden = !there;
      keep.hidden = state === "kept";
    };
    const latest = () => asked(VERSION).then((answer) => answer.json());
    const held = async () => (await caches.has(CACHE)) && (await (await caches.open(CACHE)).match(VERSION));

    async function here() {
      const kept = await held();
      if (!kept) return "none";
      const { version } = await kept.json();
      const now = await latest().catch(() => ({ version })); // without a network what is kept is the latest
      return now.version === version ? "kept" : "newer";
    }

    keep.addEventListener("click", async () => {
      say("");
      bar.value = 0;
      try {
        const list = await latest();
        const total = Object.values(list.files).reduce((sum, size) => sum + size, 0);
        const cache = await caches.open(CACHE);
        let done = 0;
        for (const [name, size] of Object.entries(list.files)) {
          const url = new URL(name, root);
          const answer = await asked(url);
          if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
          await cache.put(url, answer);
          bar.value = (done += size) / total;
        }
        const pages = new Set(Object.keys(list.files).map((name) => new URL(name, root).href));
        for (const { url } of await cache.keys()) if (!pages.has(url)) await cache.delete(url); // of an older version
        await cache.put(VERSION, new Response(JSON.stringify(list))); // last: it says that all is there
        await navigator.serviceWorker.register(new URL("sw.js", root));
        await navigator.serviceWorker.ready;
        navigator.storage?.persist?.(); // else a browser short of space may drop it
        say("kept");
      } catch (error) {
        console.warn(error);
        const older = await held();
        if (!older) await caches.delete(CACHE); // half a course would only fill the phone
        say("failed", Boolean(older));
      }
    });
    drop.addEventListener("click", async () => {
      await caches.delete(CACHE);
      const worker = await navigator.serviceWorker.getRegistration(root);
      await worker?.unregister();
      say("none");
    });
    say(await here());
  });
})();
