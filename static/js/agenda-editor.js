/*
 * The agenda's editor: order and hours by drag and by keyboard alike. The server decides what a change means; this sends
 * it and shows the editor as it is afterwards. Without this the same forms work by their buttons.
 */
const editor = document.getElementById("agenda-editor");
const status = document.getElementById("agenda-editor-status");
const STEP = 5; // minutes by arrow key or per PIXELS of drag
const PIXELS = 6;
const PAUSE = 700; // milliseconds without a further key before a change is sent
let waiting = null;
editor.classList.add("has-script"); // hours are saved as they change: their button is for those without this script

function say(text) {
  status.textContent = "";
  requestAnimationFrame(() => {
    status.textContent = text;
  });
}

/** Sends one change and shows the editor as the server gives it back, the focus where it was. */
async function send(form, values) {
  clearTimeout(waiting?.timer);
  waiting = null;
  const data = new FormData(form);
  data.delete("minutes");
  for (const [name, value] of Object.entries(values)) {
    data.set(name, value);
  }
  const focus = document.activeElement?.dataset?.focus;
  let page;
  try {
    const response = await fetch(editor.dataset.edit, {
      method: "POST",
      body: data,
      credentials: "same-origin",
    });
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    page = new DOMParser().parseFromString(await response.text(), "text/html");
    editor.innerHTML = page.getElementById(editor.id).innerHTML;
  } catch {
    say(editor.dataset.failed);
    location.reload();
    return;
  }
  const message = page.querySelector(".messagelist");
  document.querySelector(".messagelist")?.remove();
  if (message) {
    editor.before(message);
  }
  say(message ? message.textContent.trim() : editor.dataset.saved);
  if (focus) {
    editor.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }
}

/** Sends a change once no further key has followed for a moment, or when the focus leaves. */
function sendSoon(form, values) {
  clearTimeout(waiting?.timer);
  const go = () => send(form, values());
  waiting = { go, timer: setTimeout(go, PAUSE) };
}

const minutesOf = (text) => {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 60 + minutes;
};
const clockOf = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** The hours of a row moved by so many minutes, within the day; `part` is "both" or "ends". */
function retimed(part, delta, from) {
  const last = 24 * 60 - 1;
  const starts = minutesOf(from.starts);
  const ends = from.ends ? minutesOf(from.ends) : null;
  if (part === "both") {
    const least = -starts;
    const most = last - (ends ?? starts);
    const moved = Math.max(least, Math.min(most, delta));
    return { starts: clockOf(starts + moved), ends: ends === null ? "" : clockOf(ends + moved) };
  }
  return { starts: from.starts, ends: clockOf(Math.max(starts + 1, Math.min(last, ends + delta))) };
}

function showHours(row, hours) {
  row.querySelector("[name=starts]").value = hours.starts;
  row.querySelector("[name=ends]").value = hours.ends;
}

function hoursOf(row) {
  return { starts: row.querySelector("[name=starts]").value, ends: row.querySelector("[name=ends]").value };
}

const order = (list) => ({ do: "order", keys: [...list.children].map((row) => row.dataset.key).join(",") });
const times = (row) => ({ do: "times", ...hoursOf(row) });

editor.addEventListener("keydown", (event) => {
  const grip = event.target.closest(".grip");
  const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!grip || !step) {
    return;
  }
  event.preventDefault();
  const row = grip.closest(".editor-row");
  const form = row.querySelector("form");
  if ("order" in grip.dataset) {
    const list = row.parentElement;
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) {
      return;
    }
    if (step < 0) {
      other.before(row);
    } else {
      other.after(row);
    }
    grip.focus();
    say(`${editor.dataset.place} ${[...list.children].indexOf(row) + 1} / ${list.children.length}`);
    sendSoon(form, () => order(list));
  } else {
    const hours = retimed(grip.dataset.retime, step * STEP, hoursOf(row));
    showHours(row, hours);
    say(`${hours.starts}–${hours.ends}`);
    sendSoon(form, () => times(row));
  }
});

editor.addEventListener("focusout", (event) => {
  if (waiting && event.target.closest(".grip") && event.relatedTarget) {
    waiting.go();
  }
});

editor.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  if (!grip || grip.disabled || event.button !== 0) {
    return;
  }
  event.preventDefault();
  grip.focus();
  const row = grip.closest(".editor-row");
  const list = row.parentElement;
  const before = [...list.children];
  const hours = hoursOf(row);
  const startY = event.clientY;
  row.classList.add("is-dragged");

  const move = (moved) => {
    if ("order" in grip.dataset) {
      const others = [...list.children].filter((each) => each !== row);
      const next = others.find((each) => {
        const box = each.getBoundingClientRect();
        return moved.clientY < box.top + box.height / 2;
      });
      if (next) {
        next.before(row);
      } else {
        list.append(row);
      }
    } else {
      const delta = Math.round((moved.clientY - startY) / PIXELS) * STEP;
      showHours(row, retimed(grip.dataset.retime, delta, hours));
    }
  };
  const restore = () => {
    list.append(...before);
    showHours(row, hours);
  };
  const end = (ended) => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    document.removeEventListener("keydown", onEscape);
    row.classList.remove("is-dragged");
    if (ended.type !== "pointerup") {
      restore();
      return;
    }
    const form = row.querySelector("form");
    if ("order" in grip.dataset) {
      if ([...list.children].some((each, index) => each !== before[index])) {
        send(form, order(list));
      }
    } else if (hoursOf(row).starts !== hours.starts || hoursOf(row).ends !== hours.ends) {
      send(form, times(row));
    }
  };
  const onEscape = (pressed) => {
    if (pressed.key === "Escape") {
      end(pressed);
    }
  };
  // On the document: a row that changes its place would lose a captured pointer.
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", onEscape);
});

editor.addEventListener("change", (event) => {
  if (event.target.matches("[name=starts], [name=ends]") && event.target.checkValidity()) {
    const row = event.target.closest(".editor-row");
    send(row.querySelector("form"), times(row));
  }
});

editor.addEventListener("submit", (event) => {
  const form = event.target.closest(".editor-row form");
  const pressed = event.submitter?.value;
  if (!form || !pressed) {
    return;
  }
  event.preventDefault();
  const values = { do: pressed };
  if (pressed === "shift") {
    values.minutes = form.querySelector("[name=minutes]").value;
  }
  send(form, values);
});
