/*
 * Help while a form is filled in: where one stands, whether a seat is free, whether the chosen file can be taken,
 * and one sending only. The server checks everything again; without this the form works all the same.
 */
const MAX_BYTES = 10 * 1024 * 1024;
const FILE_TYPES = /\.(pdf|jpe?g|png)$/i;

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
    !refused.has(field) && field.validity.valid && (field.value !== "" || (field.type === "file" && field.form.querySelector(".file-kept") !== null));
  const isComplete = (section) =>
    asked(section).length > 0 && (section.querySelector("[data-instead]:checked") !== null || asked(section).every(isFilled));
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
      refused.delete(target);
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
  sections.forEach((section) => observer.observe(section));
  bar.classList.add("is-live");
  show();
}

/** Says beneath the delegation whether a seat is free, and offers the waiting list where none is; all is in the page. */
function tellSeats(select, note) {
  const waiting = document.getElementById("div_id_waiting_list");
  const show = () => {
    const line = select.value && document.querySelector(`[data-delegation="${CSS.escape(select.value)}"]`);
    if (waiting) {
      waiting.hidden = !line || line.dataset.kind !== "warning";
    }
    note.textContent = line ? line.dataset.note : "";
    note.className = `field-note field-note-${line ? line.dataset.kind : "ok"}`;
  };
  select.addEventListener("change", show);
  show();
}

/** Tells at once what the server would refuse after a long upload. */
function checkFile(input, form) {
  const note = document.createElement("p");
  note.className = "field-note";
  note.setAttribute("role", "status");
  input.insertAdjacentElement("afterend", note);
  input.addEventListener("change", () => {
    const file = input.files[0];
    let message = "";
    if (file && !FILE_TYPES.test(file.name)) {
      message = form.dataset.wrongType;
    } else if (file && file.size > MAX_BYTES) {
      message = form.dataset.tooBig;
    }
    note.textContent = message;
    note.classList.toggle("field-note-bad", Boolean(message));
  });
}

/** A second press while the first is on its way sends nothing; coming back with Back makes the form usable again. */
function sendOnce(form) {
  const button = form.querySelector("button[type=submit]");
  const words = button.innerHTML;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.sending;
  });
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.innerHTML = words;
  });
}

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
  form.querySelectorAll("input[type=file]").forEach((input) => checkFile(input, form));
  sendOnce(form);
}
document.getElementById("error-summary")?.focus();
