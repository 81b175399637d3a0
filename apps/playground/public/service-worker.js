// Keeps the page for work without a network: its files at once, the runtime when it is first used. Models keep themselves.
const CACHE = "playground-1";

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    const answer = await fetch("./offline-list.json", { cache: "no-store" });
    if (answer.ok) await cache.addAll(await answer.json());
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || url.pathname.includes("/models/")) return;
  event.respondWith(request.mode === "navigate" ? networkFirst(event) : cacheFirst(event));
});

/** The page itself may be newer on the server. */
async function networkFirst(event) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(event.request);
    if (answer.ok) keep(event, cache, "./", answer);
    return answer;
  } catch {
    return (await cache.match("./", { ignoreVary: true })) ?? Response.error();
  }
}

/** Built files carry a hash in their name and never change. */
async function cacheFirst(event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(event.request, { ignoreVary: true }); // servers vary by Origin, which some requests name
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.status === 200) keep(event, cache, event.request, answer);
  return answer;
}

/** Keeps a copy meanwhile; where there is no room the page works all the same, with a network. */
function keep(event, cache, key, answer) {
  event.waitUntil(cache.put(key, answer.clone()).catch(() => undefined));
}
