/*
 * Help while a form is filled in: where one stands, whether a seat is free, one sending only, and a page that stays as it is
 * when the connection fails. The server checks everything again; without this the form works all the same.
 *
 * Events on the document, for the page's other scripts: "form-shown" when a form stands in the page anew, "form-sent" when
 * the portal has taken it. What a form waits for before it is sent: `form.fileOnItsWay`, a promise (files.js).
 */

/**
 * The parts of the form. A part is complete when what it asks for (required, or marked data-asked because the answer
 * depends on others) is filled in and valid, or something stands in its place: a kept file; for data-asked, a ticked data-instead.
 * A part in which everything is optional counts for nothing.
 */
function followProgress(form, bar) {
  const sections = [...form.querySelectorAll("[data-section]")];
  const links = [...bar.querySelectorAll("ol a")];
  const short = bar.querySelector(".form-progress-short");
  const line = bar.querySelector("progress");
  let current = 0;

  const asked = (section) => [...section.querySelectorAll("[required], [data-asked]")];
  const refused = new Set(form.querySelectorAll("[aria-invalid=true]"));
  const isExcused = (field) =>
    field.dataset.asked !== undefined && form.querySelector("[data-instead]:checked") !== null;
  const isFilled = (field) =>
    !refused.has(field) &&
    field.validity.valid &&
    (field.value !== "" || (field.type === "file" && field.form.querySelector(".file-kept") !== null));
  const isComplete = (section) =>
    asked(section).length > 0 && asked(section).every((field) => isExcused(field) || isFilled(field));
  const counted = sections.filter((section) => asked(section).length > 0);
  const say = (link, ready) => {
    link.classList.toggle("is-complete", ready);
    let spoken = link.querySelector(".visually-hidden");
    if (!spoken) {
      spoken = document.createElement("span");
      spoken.className = "visually-hidden";
      link.append(spoken);
    }
    spoken.textContent = ready ? ` (${bar.dataset.complete})` : "";
  };
  const show = () => {
    const ready = sections.map(isComplete);
    links.forEach((link, index) => {
      say(link, ready[index]);
      if (index === current) {
        link.setAttribute("aria-current", "step");
      } else {
        link.removeAttribute("aria-current");
      }
    });
    line.value = (ready.filter(Boolean).length / counted.length) * 100;
    const place = bar.dataset.words.replace("[part]", current + 1).replace("[parts]", sections.length);
    short.textContent = `${place}: ${sections[current].dataset.section}`;
  };
  const moveTo = (section) => {
    if (section && sections.indexOf(section) !== current) {
      current = sections.indexOf(section);
      show();
    }
  };

  for (const event of ["input", "change"]) {
    form.addEventListener(event, ({ target }) => {
      const boxes = target.closest(".date-boxes")?.querySelectorAll("input") ?? [target]; // a date is corrected as one
      for (const box of boxes) {
        refused.delete(box);
      }
      show();
    });
  }
  form.addEventListener("focusin", (event) => moveTo(event.target.closest("[data-section]")));
  const observer = new IntersectionObserver(
    (entries) => {
      const focused = document.activeElement.closest("[data-section]");
      moveTo(focused ?? entries.find((entry) => entry.isIntersecting)?.target);
    },
    { rootMargin: "-30% 0px -65% 0px" },
  );
  for (const section of sections) {
    observer.observe(section);
  }
  bar.classList.add("is-live");
  show();
}

/** Says beneath the delegation whether a seat is free, and offers the waiting list where none is; all is in the page. */
function tellSeats(select, note) {
  const waiting = document.getElementById("div_id_waiting_list");
  const show = () => {
    const line = select.value
      ? document.querySelector(`[data-delegation="${CSS.escape(select.value)}"]`)
      : null;
    if (waiting) {
      waiting.hidden = line?.dataset.kind !== "warning";
    }
    note.textContent = line ? line.dataset.note : "";
    note.className = `field-note field-note-${line ? line.dataset.kind : "ok"}`;
  };
  select.addEventListener("change", show);
  show();
}

/** The portal's answer to a form that this script sends; null without a connection. */
async function post(address, body) {
  try {
    return await fetch(address, {
      method: "POST",
      body,
      headers: { "X-Requested-With": "fetch" },
      redirect: "manual",
    });
  } catch {
    return null;
  }
}

/**
 * Sends the form without leaving the page: where the connection or the portal fails, everything typed still stands here.
 * A second press while the first is on its way sends nothing; coming back with Back makes the form usable again.
 */
function sendWithoutLeaving(form) {
  const button = form.querySelector("[data-main]") ?? form.querySelector("button[type=submit]");
  const problem = form.querySelector("[data-problem]");
  const words = button.innerHTML;
  const ready = () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.innerHTML = words;
  };
  const fail = (sentence) => {
    ready();
    problem.textContent = sentence;
    problem.hidden = false;
    problem.scrollIntoView({ block: "center" });
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) {
      return;
    }
    const pressed = event.submitter;
    form.dataset.sent = "1";
    problem.hidden = true;
    if (!pressed?.name || pressed.value === button.value) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = form.dataset.sending;
    }
    await form.fileOnItsWay;
    const body = new FormData(form);
    if (pressed?.name) {
      body.append(pressed.name, pressed.value);
    }
    const address = pressed?.hasAttribute("formaction") ? pressed.formAction : form.action;
    const answer = await post(address, body);
    if (answer === null) {
      fail(form.dataset.lost);
    } else if (answer.headers.has("X-Go-To")) {
      document.dispatchEvent(new Event("form-sent"));
      location.assign(answer.headers.get("X-Go-To"));
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById(form.id)) {
        show(page, address, pressed?.getAttribute("formaction")?.split("#")[1]);
      } else {
        const token = page.querySelector("#main input[name=csrfmiddlewaretoken]");
        if (answer.status === 403 && token) {
          form.elements.csrfmiddlewaretoken.value = token.value; // the cookies were lost: this one counts now
        }
        fail(
          [...page.querySelectorAll("#main h1, #main .lead")]
            .map((part) => part.textContent.trim())
            .join(": ") || form.dataset.failed,
        );
      }
    }
  });
  window.addEventListener("pageshow", ready);
}

/** Sends a form as the browser does, but not before the chosen file is ready. */
function sendWhenReady(form) {
  form.addEventListener("submit", async (event) => {
    const waiting = form.fileOnItsWay;
    if (waiting) {
      event.preventDefault();
      await waiting;
      form.fileOnItsWay = null;
      form.requestSubmit(event.submitter);
    }
  });
}

/**
 * Puts the portal's answer in the place of the page: the form in another language, with what is to be corrected or at the part
 * that is named by `anchor`, or everything to be checked, from which Back leads to the form.
 */
function show(page, address, anchor) {
  const place = window.scrollY;
  const moved = document.documentElement.lang !== page.documentElement.lang;
  const checked = page.querySelector("form[data-check]") !== null;
  const wasChecked = document.querySelector("form[data-check]") !== null;
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(page.body);
  if (checked && !wasChecked) {
    history.pushState(null, "", address);
  } else {
    history.replaceState(null, "", address);
  }
  if (moved) {
    window.scrollTo({ top: place, behavior: "instant" });
    document.querySelector(".language-switch button")?.focus({ preventScroll: true });
  } else if (checked) {
    window.scrollTo({ top: 0, behavior: "instant" });
    document.querySelector("[data-start]").focus({ preventScroll: true });
  } else if (anchor) {
    const part = document.getElementById(anchor);
    part?.scrollIntoView({ behavior: "instant" });
    part?.querySelector("h2").focus({ preventScroll: true });
  }
  document.dispatchEvent(new Event("form-shown"));
}

function start() {
  for (const form of document.querySelectorAll("form[data-form]")) {
    const bar = document.querySelector(".form-progress");
    if (bar && form.querySelector("[data-section]")) {
      followProgress(form, bar);
    }
    const delegation = form.querySelector("select[name=delegation]");
    const note = document.getElementById("seat-note");
    if (delegation && note) {
      tellSeats(delegation, note);
    }
    if (form.querySelector("[data-problem]")) {
      sendWithoutLeaving(form);
    } else {
      sendWhenReady(form);
    }
  }
  document.getElementById("error-summary")?.focus();
}

document.addEventListener("form-shown", start);
window.addEventListener("popstate", () => {
  document.querySelector("form[data-check] button[value=change]")?.click();
});
start();
