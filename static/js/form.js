/*
 * Help while a form is filled in: where one stands, whether a seat is free, whether the chosen file can be taken,
 * one sending only, and a page that stays as it is when the connection fails. The server checks everything again; without
 * this the form works all the same.
 *
 * Events on the document, for the page's other scripts: "form-shown" when a form stands in the page anew, "form-sent" when
 * the portal has taken it. Event that a form listens to: "file-kept", its detail the words of a file kept earlier.
 */
const MAX_BYTES = 10 * 1024 * 1024;
const ENDING = /.(\.\d*[a-z][a-z\d]*)$/i; // of a file's name; without one the server looks at the content
const MOST_PIXELS = 12_000_000; // of a photo made smaller: all print can be read, and every browser's canvas holds it
const QUALITIES = [0.9, 0.7];

/**
 * The parts of the form. A part is complete when what it asks for (required, or marked data-asked because the answer
 * depends on others) is filled in and valid, or something stands in its place: a kept file, a ticked data-instead.
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
  const isFilled = (field) =>
    !refused.has(field) &&
    field.validity.valid &&
    (field.value !== "" || (field.type === "file" && field.form.querySelector(".file-kept") !== null));
  const isComplete = (section) =>
    asked(section).length > 0 &&
    (section.querySelector("[data-instead]:checked") !== null || asked(section).every(isFilled));
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
 * Tells at once what the server would refuse after a long upload. A new registration's file goes ahead of the form: it is
 * checked while the rest is filled in, and kept (encrypted, by the portal) when this page is left.
 */
function checkFile(input, form) {
  const note = document.createElement("p");
  note.className = "field-note";
  note.setAttribute("role", "status");
  input.insertAdjacentElement("afterend", note);
  const tell = (message, bad) => {
    note.textContent = message;
    note.classList.toggle("field-note-bad", bad);
  };
  const keep = async (file) => {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "form_key"]) {
      body.append(name, form.elements[name].value);
    }
    body.append("purpose", "file");
    body.append(input.name, file);
    tell(form.dataset.checking, false);
    const answer = await post(form.action, body);
    const said = answer && [200, 400].includes(answer.status) ? await answer.json() : {};
    if (input.files[0] !== file) {
      return;
    }
    tell(said.error ?? "", Boolean(said.error));
    if (said.kept) {
      showKept(form, said.kept);
      input.value = "";
      input.removeAttribute("aria-invalid");
    }
    form.dispatchEvent(new Event("change"));
  };
  const look = async (chosen) => {
    let file = chosen;
    if (file && isPicture(file) && (file.size > MAX_BYTES || !hasTakenEnding(input, file))) {
      tell(form.dataset.shrinking, false);
      const smaller = await madeSmaller(file);
      if (input.files[0] !== chosen) {
        return; // another one was chosen meanwhile
      }
      if (smaller) {
        file = smaller;
        putInto(input, file);
      }
    }
    if (file && !hasTakenEnding(input, file)) {
      tell(form.dataset.wrongType, true);
    } else if (file && file.size > MAX_BYTES) {
      tell(form.dataset.tooBig, true);
    } else {
      tell("", false);
      if (file && form.elements.form_key) {
        await keep(file);
      }
    }
  };
  input.addEventListener("change", () => {
    form.fileOnItsWay = look(input.files[0]);
  });
}

const isPicture = (file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name);

/** Whether a file's name ends as the field asks, or has no ending. */
function hasTakenEnding(input, file) {
  const ending = ENDING.exec(file.name.trim())?.[1];
  return !ending || input.accept.split(",").includes(ending.toLowerCase());
}

/**
 * A photo as a JPEG of at most MOST_PIXELS, upright and without what it says about its sender; null where this browser
 * cannot read it.
 */
async function madeSmaller(file) {
  try {
    const picture = await createImageBitmap(file); // turned as its EXIF says
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (picture.width * picture.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(picture.width * scale));
    canvas.height = Math.max(1, Math.floor(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.fillStyle = "white"; // behind what is transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    for (const quality of QUALITIES) {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob && blob.size <= MAX_BYTES) {
        return new File([blob], "photo.jpg", { type: blob.type });
      }
    }
  } catch {
    // It goes as it is, or the page says what to do.
  }
  return null;
}

/** Makes `file` the one that the field sends. */
function putInto(input, file) {
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
}

/** The line above the file field that says which file the portal keeps already. */
function showKept(form, words) {
  const line = form.querySelector("[data-file-kept]");
  line.querySelector("span").textContent = words;
  line.classList.add("file-kept");
  line.hidden = false;
}

/**
 * Sends the form without leaving the page: where the connection or the portal fails, everything typed still stands here.
 * A second press while the first is on its way sends nothing; coming back with Back makes the form usable again.
 */
function sendWithoutLeaving(form) {
  const button = form.querySelector("button[type=submit]");
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
    if (!pressed?.name) {
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
        show(page, address);
      } else {
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

/** Puts the portal's answer in the place of the page; the form in another language, or with what is to be corrected. */
function show(page, address) {
  const place = window.scrollY;
  const moved = document.documentElement.lang !== page.documentElement.lang;
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(page.body);
  history.replaceState(null, "", address);
  if (moved) {
    window.scrollTo({ top: place, behavior: "instant" });
    document.querySelector(".language-switch button")?.focus({ preventScroll: true });
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
    for (const input of form.querySelectorAll("input[type=file]")) {
      checkFile(input, form);
    }
    form.addEventListener("file-kept", ({ detail }) => showKept(form, detail));
    if (form.querySelector("[data-problem]")) {
      sendWithoutLeaving(form);
    } else {
      sendWhenReady(form);
    }
  }
  document.getElementById("error-summary")?.focus();
}

document.addEventListener("form-shown", start);
start();
