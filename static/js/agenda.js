/*
 * What the reader's own clock adds to the agenda: the hours in their own time zone where it differs from the workshop's,
 * and what runs now and comes next, without reloading. The page says everything else without this.
 */
const language = document.documentElement.lang || "en";
const agenda = document.querySelector(".agenda");
const items = [...agenda.querySelectorAll(".agenda-item[data-starts]")].map((element) => ({
  element,
  starts: Date.parse(element.dataset.starts),
  until: Date.parse(element.dataset.until),
  turns: [...element.querySelectorAll(".agenda-turns [data-starts]")].map((turn) => ({
    element: turn,
    starts: Date.parse(turn.dataset.starts),
    until: Date.parse(turn.dataset.until),
  })),
}));
const EVE = 12 * 3_600_000;
const BLINK = 15_000;

function offsetIn(zone, instant) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    timeZoneName: "longOffset",
  }).formatToParts(instant);
  return parts.find((part) => part.type === "timeZoneName").value;
}

function dateIn(zone, instant) {
  return new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short" }).format(instant);
}

/** The reader's own hours beside the workshop's, where the two clocks differ at that instant. */
function showOwnTimes() {
  const zone = agenda.dataset.zone;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const differ = (instant) => offsetIn(own, instant) !== offsetIn(zone, instant);
  if (!items.some((item) => differ(item.starts))) {
    return;
  }
  const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const weekday = new Intl.DateTimeFormat(language, { weekday: "short" });
  /** The hours of one place; the weekday where it is not the workshop's, and once while it stays the same. */
  const spell = (instants) => {
    let said = dateIn(zone, instants[0]);
    const parts = instants.map((instant) => {
      const day = dateIn(own, instant);
      const name = day === said ? "" : `${weekday.format(instant)} `;
      said = day;
      return name + hour.format(instant);
    });
    return parts.join("–");
  };
  const note = (after, instants) => {
    const span = document.createElement("span");
    span.className = "own-time";
    span.textContent = spell(instants);
    const hidden = document.createElement("span");
    hidden.className = "visually-hidden";
    hidden.textContent = ` ${agenda.dataset.own}`;
    span.append(hidden);
    after.append(span);
  };
  for (const place of agenda.querySelectorAll(".agenda-time")) {
    const instants = [...place.querySelectorAll("time")].map((time) => new Date(time.dateTime));
    note(place, instants);
  }
  for (const time of agenda.querySelectorAll(".agenda-turns time, .agenda-countries td time")) {
    note(time.parentElement, [new Date(time.dateTime)]);
  }
  agenda.querySelector("[data-own-zone]").textContent = own.replaceAll("_", " ");
  agenda.querySelector("[data-own-legend]").hidden = false;
}

const bar = agenda.querySelector("[data-now-bar]");
const lines = bar?.querySelector("[data-now-lines]");
let shown = "";

const runs = (thing, now) => thing.starts <= now && now < thing.until;

function line(word, item, turn) {
  const paragraph = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = word;
  const link = document.createElement("a");
  link.href = `#${item.element.id}`;
  const hours = document.createElement("span");
  hours.className = "agenda-now-hours";
  hours.textContent = [...item.element.querySelectorAll(".agenda-time > time")]
    .map((time) => time.textContent)
    .join("–");
  link.append(hours, " ");
  if (turn) {
    const country = document.createElement("span");
    country.className = "agenda-now-turn";
    country.textContent = turn.element.querySelector("[data-turn]").textContent;
    link.append(country, " ");
  }
  link.append(item.element.querySelector("[data-title]").textContent);
  paragraph.append(strong, " ", link);
  return paragraph;
}

function badge(item, word, kind) {
  const span = document.createElement("span");
  span.className = `agenda-badge ${kind}`;
  span.textContent = word;
  item.element.querySelector(".agenda-link").before(span, " ");
}

/** Marks what runs at this moment and what starts next; touches the page only when that has changed. */
function mark() {
  const now = Date.now();
  const first = Math.min(...items.map((item) => item.starts));
  const last = Math.max(...items.map((item) => item.until));
  const during = now >= first - EVE && now < last;
  const running = during ? items.filter((item) => runs(item, now)) : [];
  const turnOf = (item) => item.turns.find((turn) => runs(turn, now));
  const later = during ? items.filter((item) => item.starts > now) : [];
  const next = later.length ? later.reduce((one, other) => (other.starts < one.starts ? other : one)) : null;
  const state = JSON.stringify([
    running.map((item) => [item.element.id, turnOf(item)?.starts]),
    next?.element.id,
  ]);
  if (state === shown) {
    return;
  }
  shown = state;
  for (const old of agenda.querySelectorAll(".agenda-badge")) {
    old.remove();
  }
  for (const item of items) {
    const isNow = running.includes(item);
    for (const turn of item.turns) {
      turn.element.classList.toggle("is-now", isNow && turn === turnOf(item));
    }
    item.element.classList.toggle("is-now", isNow);
    if (isNow) {
      item.element.setAttribute("aria-current", "time");
      badge(item, bar.dataset.nowWord, "agenda-badge-now");
    } else {
      item.element.removeAttribute("aria-current");
    }
  }
  if (next) {
    badge(next, bar.dataset.nextWord, "agenda-badge-next");
  }
  lines.replaceChildren(
    ...running.map((item) => line(bar.dataset.nowWord, item, turnOf(item))),
    ...(next ? [line(bar.dataset.nextWord, next)] : []),
  );
  bar.hidden = !during;
}

showOwnTimes();
if (bar && !("off" in bar.dataset) && items.length) {
  mark();
  setInterval(mark, BLINK);
  document.addEventListener("visibilitychange", () => document.hidden || mark());
}
