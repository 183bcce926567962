/*
 * Puts what was read from a passport into the fields that are still empty, and says at the names that they are to be compared. A
 * form listens to the event "passport-read", its detail the fields' names and texts; what somebody typed is never changed.
 */
const COMPARED = ["surnames", "given_names"];

function fill(form, fields) {
  for (const [name, text] of Object.entries(fields)) {
    const field = form.elements[name];
    if (field && field.value.trim() === "") {
      field.value = text;
      const note = form.querySelector(`[data-warning-for="${name}"]`);
      if (note && COMPARED.includes(name)) {
        note.textContent = form.dataset.filled;
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

function start() {
  for (const form of document.querySelectorAll("form[data-filled]")) {
    form.addEventListener("passport-read", ({ detail }) => fill(form, detail));
  }
}

document.addEventListener("form-shown", start);
start();
