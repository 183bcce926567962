/*
 * Reception's list without loading it again: a tick is sent from where one stands, the search is emptied for the next
 * person, typing narrows the list at once, and a tick made without a connection is sent when there is one. Only the address
 * of a button and the time are kept for that, no name. Badges are scanned where the browser itself can read them.
 */
const list = document.querySelector("[data-arrivals]");
const search = document.querySelector("#arrivals-q");
const said = document.querySelector("[data-arrivals-said]");
const AGAIN = 15000; // milliseconds between two tries to send what waits
const LONGEST = 20000; // a poor connection that has not answered by then is none

const place = `arrivals ${list?.dataset.arrivals}`;
const waiting = () => JSON.parse(localStorage.getItem(place) ?? "[]");
const keep = (ticks) =>
  ticks.length ? localStorage.setItem(place, JSON.stringify(ticks)) : localStorage.removeItem(place);
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function say(words, bad = false) {
  said.textContent = words;
  said.classList.toggle("arrivals-bad", bad);
}

/** Shows the people in whom every word typed is found; returns how many. */
function narrow() {
  const words = folded(search.value).split(/\s+/).filter(Boolean);
  let party = null;
  let shown = 0;
  for (const row of list.children) {
    if (row.classList.contains("arrivals-party")) {
      party = row;
      party.hidden = words.length > 0;
      continue;
    }
    const text = folded(
      `${party?.textContent} ${row.querySelector(".arrivals-name").textContent} ${row.dataset.code}`,
    );
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) {
      party.hidden = false;
      shown += 1;
    }
  }
  return shown;
}

function next() {
  search.value = "";
  narrow();
  search.focus({ preventScroll: true });
}

const rowOf = (action) =>
  [...list.querySelectorAll("form")].find((form) => form.getAttribute("action") === action)?.closest("li");

function show(row, answer) {
  if (answer.row) {
    const holder = document.createElement("template");
    holder.innerHTML = answer.row;
    row?.replaceWith(holder.content);
  } else {
    row?.remove();
  }
  document.querySelector("[data-arrivals-here]").textContent = answer.here;
  say(answer.said, !answer.good);
}

/** Sends one tick; its answer, or null where there is no connection. */
async function send(action, body) {
  let answer;
  try {
    answer = await fetch(action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LONGEST),
    });
  } catch {
    return null;
  }
  return answer.status >= 500 ? null : answer;
}

const isJson = (answer) => answer.headers.get("Content-Type")?.startsWith("application/json");

async function tick(form) {
  const action = form.getAttribute("action");
  const row = form.closest("li");
  if (row.classList.contains("arrivals-waits")) {
    keep(waiting().filter((one) => one.action !== action)); // not sent yet: the second tap takes it back
    mark();
    return;
  }
  form.querySelector("button").disabled = true;
  const answer = await send(action, new FormData(form));
  form.querySelector("button").disabled = false;
  if (answer === null) {
    keep([...waiting(), { action, at: Date.now() }]);
    mark();
    next();
    return;
  }
  if (!answer.ok || answer.redirected || !isJson(answer)) {
    form.submit(); // the page that asks, or the sign-in
    return;
  }
  show(row, await answer.json());
  narrow();
  next();
}

/** Marks whose tick waits, and says how many there are. */
function mark() {
  const ticks = waiting();
  for (const row of list.querySelectorAll(".arrivals-person")) {
    const waits = ticks.some((one) => one.action === row.querySelector("form").getAttribute("action"));
    row.classList.toggle("arrivals-waits", waits);
    row.querySelector(".arrivals-note")?.remove();
    if (waits) {
      const note = document.createElement("span");
      note.className = "arrivals-note tag tag-warning";
      note.textContent = list.dataset.waits;
      row.querySelector(".arrivals-name").append(" ", note);
    }
  }
  if (ticks.length) {
    say(`${list.dataset.waiting} ${ticks.length}`);
  } else if (said.textContent.startsWith(list.dataset.waiting)) {
    say("");
  }
}

/** A token of the session as it is now: whoever signed in again has another one. */
async function token() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(LONGEST) });
  if (answer.redirected || !answer.ok) {
    return "";
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

let sending = false;
async function flush() {
  if (sending || !waiting().length) {
    return;
  }
  sending = true;
  try {
    const fresh = await token();
    if (!fresh) {
      say(list.dataset.signedOut, true);
      return;
    }
    for (const { action, at } of waiting()) {
      const body = new FormData();
      body.set("csrfmiddlewaretoken", fresh);
      body.set("early", "1"); // it was said when the tick was made: the page does not ask twice
      body.set("ago", String(Math.max(0, Math.round((Date.now() - at) / 1000))));
      const answer = await send(action, body);
      if (answer === null || answer.status === 403 || answer.redirected) {
        break;
      }
      const row = rowOf(action);
      keep(waiting().filter((one) => one.action !== action || one.at !== at));
      if (answer.ok && isJson(answer)) {
        show(row, await answer.json());
      }
    }
    narrow();
    mark();
  } catch {
    // no connection: the next turn tries again
  } finally {
    sending = false;
  }
}

async function scan(video) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const look = async () => {
    if (video.hidden) {
      return;
    }
    const found = (await detector.detect(video).catch(() => []))
      .map((one) => one.rawValue.match(/\/door\/([^/]+)\/?$/)?.[1])
      .find(Boolean);
    if (!found) {
      setTimeout(look, 250);
      return;
    }
    stop(video, stream);
    search.value = found;
    if (!narrow()) {
      search.form.submit(); // somebody whom this page does not show
    }
  };
  look();
}

function stop(video, stream) {
  video.hidden = true;
  for (const track of stream.getTracks()) {
    track.stop();
  }
}

if (list && search) {
  list.addEventListener("submit", (event) => {
    event.preventDefault();
    tick(event.target);
  });
  search.addEventListener("input", narrow);
  search.form.addEventListener("submit", (event) => {
    if (search.value && narrow()) {
      event.preventDefault();
    }
  });
  const button = document.querySelector("[data-arrivals-scan]");
  if ("BarcodeDetector" in window && navigator.mediaDevices) {
    button.hidden = false;
    button.addEventListener("click", () => {
      scan(document.querySelector("[data-arrivals-video]")).catch((problem) => say(problem.message, true));
    });
  }
  window.addEventListener("online", flush);
  setInterval(flush, AGAIN);
  mark();
  flush();
}
