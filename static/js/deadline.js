/*
 * The deadline counted down, and instants in the reader's own time zone beside the workshop's.
 * Words come from the browser's own language data for the page's language. The page says the same without this.
 */
// British English writes dates as the pages do: 1 March 2022.
const language = document.documentElement.lang === "es" ? "es" : "en-GB";
const MINUTE = 60_000;
const UNITS = [
  ["day", 24 * 60],
  ["hour", 60],
  ["minute", 1],
];

/** The two largest units of a number of minutes: "12 days, 4 hours". */
function spell(minutes) {
  const parts = [];
  let rest = minutes;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || (unit === "minute" && parts.length === 0)) {
      parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count));
    }
  }
  return new Intl.ListFormat(language, { style: "long", type: "unit" }).format(parts.slice(0, 2));
}

function countDown(element) {
  const end = Date.parse(element.dataset.countdown);
  const value = element.querySelector("[data-value]");
  const show = () => {
    const left = end - Date.now();
    if (left <= 0) {
      element.textContent = element.dataset.over;
      return;
    }
    value.textContent = spell(Math.ceil(left / MINUTE));
    setTimeout(show, Math.min(MINUTE, left + 500));
  };
  show();
}

function offsetIn(zone, instant) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    timeZoneName: "longOffset",
  }).formatToParts(instant);
  return parts.find((part) => part.type === "timeZoneName").value;
}

/** Shows an instant in the reader's zone where its clock differs from the workshop's. */
function readersTime(element) {
  const instant = new Date(element.dataset.readerTime);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (offsetIn(own, instant) === offsetIn(element.dataset.zone, instant)) {
    return;
  }
  const text = new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    hourCycle: "h23",
  }).format(instant);
  element.textContent = `${text} ${element.dataset.words}`;
  element.hidden = false;
}

document.querySelectorAll("[data-countdown]").forEach(countDown);
document.querySelectorAll("[data-reader-time]").forEach(readersTime);
