/*
 * Keeps what is typed into the registration form when its page is left without sending: Back, a closed lid, a lost
 * connection. In this tab's session storage alone, encrypted with a key that comes with the page and stands in no file of the
 * browser, so that nobody who uses the computer later finds a passport number. It ends when the form is sent or saved, when the
 * tab is closed, and after HOURS. The file is not here: the portal keeps it (form.js), found again by the form's own key.
 */
const HOURS = 4;
const PAUSE = 400; // milliseconds without a keystroke
const NOT_KEPT = new Set(["csrfmiddlewaretoken"]);

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
/** Where a form's words are: the same in every language; staff pages, which have none in the address, name it themselves. */
const place = () =>
  `form ${document.querySelector("form[data-keep-place]")?.dataset.keepPlace ?? location.pathname.slice(3)}`;
/** Whether the portal has taken this very form meanwhile: where no script sends it, a cookie says so. */
const taken = ({ typed }) => {
  const key = typed.find(([name]) => name === "form_key")?.[1];
  return Boolean(key) && document.cookie.split("; ").includes(`form_done=${key}`);
};
const forget = () => sessionStorage.removeItem(place());

async function keyOf(form) {
  return crypto.subtle.importKey("raw", bytes(form.dataset.keepKey), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}

async function keep(form) {
  const typed = [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && !NOT_KEPT.has(name),
  );
  const kept = form.querySelector("[data-file-kept]:not([hidden]) span")?.textContent ?? "";
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify({ at: Date.now(), typed, kept }));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(form), plain);
  if (!form.dataset.done) {
    sessionStorage.setItem(place(), JSON.stringify([text(iv), text(sealed)]));
  }
}

/** What was kept for this form, or null: nothing, too old, or for a key that the portal no longer gives. */
async function kept(form) {
  try {
    const [iv, sealed] = JSON.parse(sessionStorage.getItem(place())).map(bytes);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(form), sealed);
    const found = JSON.parse(new TextDecoder().decode(plain));
    if (Date.now() - found.at < HOURS * 3600 * 1000 && !taken(found)) {
      return found;
    }
  } catch {
    // nothing there, or nothing that can be read
  }
  forget();
  return null;
}

/** Whether a field holds something else than the page came with. */
function isChanged(field) {
  if (field.tagName === "SELECT") {
    return field.selectedIndex > 0 && !field.selectedOptions[0].defaultSelected;
  }
  return ["checkbox", "radio"].includes(field.type)
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
}

function putBack(form, { typed, kept }) {
  const values = new Map();
  for (const [name, value] of typed) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  for (const field of form.elements) {
    if (["checkbox", "radio"].includes(field.type)) {
      field.checked = (values.get(field.name) ?? []).includes(field.value);
    } else if (values.has(field.name) && !["file", "submit"].includes(field.type)) {
      field.value = values.get(field.name)[0];
    }
  }
  if (kept) {
    form.dispatchEvent(new CustomEvent("file-kept", { detail: kept }));
  }
  const said = form.querySelector("[data-restored-note]");
  said.textContent = form.dataset.restored;
  said.hidden = false;
  for (const fold of form.querySelectorAll("details.fold")) {
    fold.open ||= [...fold.querySelectorAll("input, select, textarea")].some(isChanged);
  }
  for (const field of form.querySelectorAll("select")) {
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

async function start() {
  const form = document.querySelector("form[data-keep-key]");
  if (!form || !crypto.subtle) {
    return;
  }
  let waiting;
  let over = setTimeout(forget, HOURS * 3600 * 1000);
  const soon = (pause) => {
    clearTimeout(waiting);
    clearTimeout(over);
    waiting = setTimeout(() => keep(form), pause);
    over = setTimeout(forget, HOURS * 3600 * 1000);
  };
  // What the portal shows already, such as a form with errors, is newer than anything kept here.
  if (form.dataset.savedAt !== undefined) {
    const found = await kept(form);
    if (found && found.at > Number(form.dataset.savedAt)) {
      putBack(form, found);
    }
  } else {
    soon(0);
  }
  form.addEventListener("input", () => soon(PAUSE));
  form.addEventListener("change", () => soon(0));
  document.addEventListener("form-sent", () => {
    form.dataset.done = "1";
    clearTimeout(waiting);
    forget();
  });
}

document.addEventListener("form-shown", start);
start();
