/*
 * The service worker of one delegate's "My workshop" page (registration/views/my_workshop.py, which puts KEPT before it: the
 * page's path, its files, the cache's name and version, and until when anything is kept). Its scope is that page alone. It
 * asks the network first; the copy serves where that fails or takes too long. The copy and the worker go by themselves when
 * the page is no longer given out, and when the time is over.
 */
const { page, files, cache, version, until } = self.KEPT;
const NAME = `${cache} ${version}`;
const COPY = "/kept"; // the copy's key: the personal link is in no key
const PATIENCE = 4000; // milliseconds for the network before the copy is shown

const over = () => Date.now() >= until;

async function empty(but = "") {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${cache} `) && name !== but);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function end() {
  await self.registration.unregister();
  await empty();
}

/** Whether the portal gave the page out; a redirect that a navigation follows by itself has status 0. */
const given = (answer) => answer.ok && !answer.redirected;

/** Puts the page's answer into the cache, with the note that it is a copy shown. */
async function store(answer) {
  const text = (await answer.text()).replace("data-copy-note hidden", "data-copy-note");
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length", "vary"]) {
    headers.delete(name);
  }
  await (await caches.open(NAME)).put(COPY, new Response(text, { headers }));
}

/** The page from the network. Raises where the portal is not reached or is ill; ends everything where there is no page now. */
async function fresh(request) {
  const answer = await fetch(request);
  if (answer.status >= 500 || answer.status === 429) {
    throw new Error(`the portal answered ${answer.status}`);
  }
  await (given(answer) ? store(answer.clone()) : end());
  return answer;
}

async function pageOrCopy(asked) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    return await Promise.race([asked, late]);
  } catch {
    const copy = await (await caches.open(NAME)).match(COPY);
    return copy ?? asked;
  }
}

async function fileOf(request) {
  const kept = await caches.match(new URL(request.url).pathname, { cacheName: NAME, ignoreVary: true });
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => {
  const fill = async () => {
    await (await caches.open(NAME)).addAll(files);
    if (!given(await fresh(page))) {
      throw new Error("there is no page to keep");
    }
  };
  const filled = over() ? Promise.resolve() : fill();
  event.waitUntil(
    filled.then(
      () => self.skipWaiting(),
      async (reason) => {
        await caches.delete(NAME);
        throw reason;
      },
    ),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(over() ? end() : empty(NAME).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (over()) {
    event.waitUntil(end());
  } else if (event.request.mode === "navigate" && path === page) {
    const asked = fresh(event.request);
    event.waitUntil(asked.catch(() => {}));
    event.respondWith(pageOrCopy(asked));
  } else if (files.includes(path)) {
    event.respondWith(fileOf(event.request));
  }
});
