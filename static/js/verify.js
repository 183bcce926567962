/*
 * Compares a chosen or dropped file by its SHA-256 in the browser, so that it never leaves the device. Where the browser
 * cannot (no secure context), the form sends it, and the server compares and forgets it.
 */
const form = document.querySelector("form[data-compare]");
const result = document.querySelector("[data-compared]");
const KINDS = { same: "field-note-ok", other: "field-note-warning", different: "field-note-bad" };

async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(kind, words) {
  const verdict = document.createElement("p");
  verdict.className = `field-note ${KINDS[kind]}`;
  verdict.textContent = words;
  const where = document.createElement("p");
  where.className = "muted";
  where.textContent = form.dataset.here;
  result.replaceChildren(verdict, where);
}

async function compare(file) {
  const known = JSON.parse(form.dataset.prints)[await fingerprint(file)];
  say(...(known ?? ["different", form.dataset.different]));
}

if (form && window.crypto?.subtle) {
  const input = form.querySelector("input[type=file]");
  const place = form.closest("section");
  input.addEventListener("change", () => input.files[0] && compare(input.files[0]));
  form.addEventListener("submit", (event) => {
    if (input.files[0]) {
      event.preventDefault();
      compare(input.files[0]);
    }
  });
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("is-target");
  });
  place.addEventListener("dragleave", () => place.classList.remove("is-target"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("is-target");
    if (event.dataTransfer.files[0]) {
      compare(event.dataTransfer.files[0]);
    }
  });
}
