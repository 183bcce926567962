/*
 * Puts what was read in a passport into the fields, and says beside them what is to be compared. A form listens to the event
 * "passport-read"; its detail is the portal's answer (views/from_passport.py), which decides what is filled in, and what the form
 * held when that was `sent`: a field that was typed in since is left alone.
 */
const NAME = /_(day|month|year)$/; // the boxes of a date belong to one field
const noteOf = (form, name) => form.querySelector(`[data-warning-for="${name.replace(NAME, "")}"]`);

/** Fills the fields; returns the names of those that were typed in meanwhile. */
function put(form, texts, sent) {
  const isLeft = (name) => form.elements[name]?.value !== (sent.get(name) ?? "");
  const left = new Set(
    Object.keys(texts)
      .filter(isLeft)
      .map((name) => name.replace(NAME, "")),
  );
  for (const [name, text] of Object.entries(texts)) {
    const field = form.elements[name];
    if (!left.has(name.replace(NAME, ""))) {
      field.value = text;
      if (text) {
        field.closest("details")?.setAttribute("open", "");
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  return left;
}

/** The zone, enlarged, and the words above the fields. */
function showStrip(form, { words, strip, others }) {
  const panel = form.querySelector("[data-read-passport]");
  const frame = panel.querySelector("[data-strip]");
  panel.querySelector("[data-words]").textContent = words;
  frame.replaceChildren();
  if (strip) {
    const picture = document.createElement("img");
    picture.src = strip;
    picture.alt = frame.dataset.strip;
    frame.append(picture);
  }
  frame.hidden = !strip;
  panel.querySelector("[data-others]").replaceChildren(
    ...others.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
  panel.hidden = false;
}

function fill(form, read) {
  for (const line of form.querySelectorAll("[data-read]")) {
    silence(line);
  }
  const left = put(form, read.texts, read.sent);
  for (const [name, sentence] of Object.entries(read.notes)) {
    const line = noteOf(form, name);
    if (line && !left.has(name)) {
      line.textContent = sentence;
      line.dataset.read = "";
    }
  }
  if (read.words) {
    showStrip(form, read);
  }
}

function silence(line) {
  if (line?.dataset.read !== undefined) {
    line.textContent = "";
    delete line.dataset.read;
  }
}

function start() {
  for (const form of document.querySelectorAll("form[data-form]")) {
    form.addEventListener("passport-read", ({ detail }) => fill(form, detail));
    form.addEventListener("input", ({ target }) => silence(noteOf(form, target.name)));
  }
}

document.addEventListener("form-shown", start);
start();
