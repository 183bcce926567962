/*
 * Keys for comparing one passport after another: each presses the button or link that carries it (data-key); C goes to the
 * field for what is wrong. Where what was read differs from what was typed, they only go to the button. Focus begins at what
 * is to be done (data-focus): at the first difference; at the button where nothing differs, once the picture is there to be
 * looked at, beside it (as in admin.css): focus must scroll no picture away. Only while nothing is typed into a field, and only while the tick beside them is set, which this browser
 * remembers. Without this every button works all the same.
 */
const SETTING = "passport-keys";

const line = document.querySelector("[data-keys]");
const tick = line?.querySelector("input");
const picture = document.querySelector(".papers-copy img");

function pressed(event) {
  // A key held down must not press the button of the next passport too.
  if (event.key === "Enter" && event.repeat && event.target.closest(".papers-decide")) {
    event.preventDefault();
  }
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if (!tick.checked || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
    return;
  }
  const key = event.key.toLowerCase();
  const found =
    key === "c"
      ? document.querySelector(".papers-ask textarea")
      : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (found) {
    event.preventDefault();
    found[key === "c" || found.closest("[data-look-first]") ? "focus" : "click"]();
  }
}

function begin() {
  const first = document.querySelector("[data-focus]");
  const nothingYet = document.activeElement === document.body;
  const beside = matchMedia("(min-width: 64em)").matches;
  const shown = picture?.complete && picture.naturalWidth > 0;
  if (first && nothingYet && beside && tick.checked && (shown || !first.matches("button"))) {
    first.focus();
  }
}

if (line) {
  tick.checked = localStorage.getItem(SETTING) !== "off";
  tick.addEventListener("change", () => localStorage.setItem(SETTING, tick.checked ? "on" : "off"));
  line.hidden = false;
  document.addEventListener("keydown", pressed);
  begin();
  picture?.addEventListener("load", begin);
}
