/*
 * "Keep on this phone" and "Remove from this phone" on a delegate's "My workshop" page. Nothing is stored before the first is
 * pressed: only then is the page's service worker registered (static/js/my-workshop-worker.js).
 */
const box = document.querySelector("[data-keep]");
const [keepButton, removeButton, said] = ["keep-button", "remove-button", "said"].map((name) =>
  box.querySelector(`[data-${name}]`),
);

function show(kept, words = "") {
  keepButton.hidden = kept || !("mayKeep" in box.dataset);
  removeButton.hidden = !kept;
  said.textContent = words;
  box.hidden = keepButton.hidden && removeButton.hidden && !words;
}

const registration = () => navigator.serviceWorker.getRegistration(location.pathname);

/** Resolves once the worker has everything; raises if it could not get it. */
function ready(worker) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") {
        resolve();
      } else if (worker.state === "redundant") {
        reject(new Error("not kept"));
      }
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

async function keep() {
  keepButton.disabled = true;
  try {
    const made = await navigator.serviceWorker.register(box.dataset.worker);
    await ready(made.installing ?? made.waiting ?? made.active);
    show(true, box.dataset.saidKept);
    removeButton.focus();
  } catch {
    show(false, box.dataset.saidFailed);
  }
  keepButton.disabled = false;
}

async function remove() {
  await (await registration())?.unregister();
  for (const name of await caches.keys()) {
    if (name.startsWith(`${box.dataset.cache} `)) {
      await caches.delete(name);
    }
  }
  show(false, box.dataset.saidRemoved);
}

if ("serviceWorker" in navigator) {
  keepButton.addEventListener("click", keep);
  removeButton.addEventListener("click", remove);
  registration().then((found) => show(Boolean(found)));
}
