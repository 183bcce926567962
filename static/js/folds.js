/*
 * Questions of the form that are asked only where their answer matters: a field marked data-shown-with stands there once one of
 * the fields named in it holds something, or it holds something itself. Without this script all of them stand there.
 */
const holds = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value !== "");

function follow(form) {
  const asked = new Map();
  for (const field of form.querySelectorAll("[data-shown-with]")) {
    asked.set(field.name, field.dataset.shownWith.split(" "));
  }
  const isHeld = (name) => [...form.querySelectorAll(`[name="${name}"]`)].some(holds);
  const show = () => {
    for (const [name, others] of asked) {
      document.getElementById(`div_id_${name}`).hidden = ![name, ...others].some(isHeld);
    }
  };
  if (asked.size) {
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    show();
  }
}

const start = () => document.querySelectorAll("form[data-form]").forEach(follow);
document.addEventListener("form-shown", start);
start();
