/*
 * Keys for comparing one passport after another: each presses the button or link that carries it (data-key); C goes to the
 * field for what is wrong. Only while nothing is typed into a field, and only while the tick beside them is set, which this
 * browser remembers. Without this every button works all the same.
 */
const SETTING = "passport-keys";

const line = document.querySelector("[data-keys]");
const tick = line?.querySelector("input");

function pressed(event) {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if (!tick?.checked || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
    return;
  }
  const key = event.key.toLowerCase();
  const found =
    key === "c"
      ? document.querySelector(".papers-ask textarea")
      : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (found) {
    event.preventDefault();
    found[key === "c" ? "focus" : "click"]();
  }
}

if (line) {
  tick.checked = localStorage.getItem(SETTING) !== "off";
  tick.addEventListener("change", () => localStorage.setItem(SETTING, tick.checked ? "on" : "off"));
  line.hidden = false;
  document.addEventListener("keydown", pressed);
}
