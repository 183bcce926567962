/*
 * Help with the file of a form: taken with the camera, looked at, turned, made smaller, and checked at once. The server checks
 * everything again; without this the form works all the same.
 *
 * A form waits for `form.fileOnItsWay`, a promise, before it is sent. Event that it listens to: "file-kept", its detail the
 * words of a file kept earlier.
 */
const MAX_BYTES = 10 * 1024 * 1024;
const ENDING = /.(\.\d*[a-z][a-z\d]*)$/i; // of a file's name; without one the server looks at the content
const MOST_PIXELS = 12_000_000; // of a photo made smaller: all print can be read, and every browser's canvas holds it
const PREVIEW_PIXELS = 300_000;
const QUALITIES = [0.9, 0.7];
const PAUSE = 1000; // milliseconds after the last turn

const isPicture = (file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name);

/** Whether a file's name ends as the field asks, or has no ending. */
function hasTakenEnding(input, file) {
  const ending = ENDING.exec(file.name.trim())?.[1];
  return !ending || input.accept.split(",").includes(ending.toLowerCase());
}

/** Draws a photo, upright as its EXIF says and `turns` quarters further, on `canvas`, with at most `most` pixels. */
async function draw(canvas, file, turns, most) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, Math.sqrt(most / (picture.width * picture.height)));
  const sides = [picture.width, picture.height].map((side) => Math.max(1, Math.floor(side * scale)));
  const [width, height] = sides;
  [canvas.width, canvas.height] = turns % 2 ? [height, width] : sides;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "white"; // behind what is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turns * Math.PI) / 2);
  pen.drawImage(picture, -width / 2, -height / 2, width, height);
  picture.close();
}

/** A photo as a JPEG of at most MOST_PIXELS without what it says about its sender; null where this browser cannot read it. */
async function drawnAnew(file, turns) {
  try {
    const canvas = document.createElement("canvas");
    await draw(canvas, file, turns, MOST_PIXELS);
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

/** The portal's answer to the file, and what the form held when it was `sent`; without a connection nothing. */
async function send(form, input, file) {
  const body = new FormData(form);
  body.set("purpose", "file");
  body.set(input.name, file);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Requested-With": "fetch" },
      redirect: "manual",
    });
    return { ...([200, 400].includes(answer.status) ? await answer.json() : {}), sent: body };
  } catch {
    return {};
  }
}

/**
 * Tells at once what the server would refuse after a long upload. The file of a form marked data-file-ahead goes before the rest,
 * which is still being filled in: it is checked, read, and kept (encrypted, by the portal) when this page is left.
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
  let wanted = null; // the file that was chosen last
  const keep = async (file, chosen) => {
    tell(form.dataset.checking, false);
    const said = await send(form, input, file);
    if (wanted !== chosen) {
      return;
    }
    tell(said.error ?? said.words ?? "", Boolean(said.error));
    if (said.kept) {
      showKept(form, said.kept);
      input.value = "";
      input.removeAttribute("aria-invalid");
    }
    if (said.words) {
      form.dispatchEvent(new CustomEvent("passport-read", { detail: said }));
    }
    form.dispatchEvent(new Event("change"));
  };
  const look = async (chosen, turns) => {
    wanted = chosen;
    let file = chosen;
    if (file && isPicture(file) && (turns || file.size > MAX_BYTES || !hasTakenEnding(input, file))) {
      tell(form.dataset.shrinking, false);
      const smaller = await drawnAnew(file, turns);
      if (wanted !== chosen) {
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
      if (file && form.dataset.fileAhead !== undefined) {
        await keep(file, chosen);
      }
    }
  };
  const photo = input.name === "passport" ? form.querySelector("[data-photo]") : null;
  const preview = photo ? showPhoto(photo, input, form, look) : () => {};
  input.addEventListener("change", () => {
    preview(input.files[0]);
    form.fileOnItsWay = look(input.files[0], 0);
  });
}

/** The buttons "take a photo" and "turn", and the chosen picture; returns what shows another one. */
function showPhoto(photo, input, form, look) {
  const camera = photo.querySelector("[data-camera]");
  const take = photo.querySelector("[data-take-photo]");
  const figure = photo.querySelector("[data-preview]");
  const canvas = figure.querySelector("canvas");
  let shown = null;
  let turns = 0;
  const preview = async () => {
    const file = shown;
    try {
      await draw(canvas, file, turns, PREVIEW_PIXELS);
      figure.hidden = file !== shown;
    } catch {
      figure.hidden = true; // this browser cannot read it; the portal may
    }
  };
  take.hidden = !window.matchMedia("(pointer: coarse)").matches;
  take.addEventListener("click", () => camera.click());
  camera.addEventListener("change", () => {
    if (camera.files[0]) {
      putInto(input, camera.files[0]);
      camera.value = "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  figure.querySelector("[data-turn]").addEventListener("click", () => {
    turns = (turns + 1) % 4;
    preview();
    const [file, asked] = [shown, turns];
    form.fileOnItsWay = new Promise((done) => {
      setTimeout(done, PAUSE);
    }).then(() => (file === shown && asked === turns ? look(file, asked) : undefined));
  });
  return (file) => {
    shown = file && isPicture(file) ? file : null;
    turns = 0;
    figure.hidden = true;
    if (shown) {
      preview();
    }
  };
}

function start() {
  for (const form of document.querySelectorAll("form[data-form]")) {
    for (const input of form.querySelectorAll("input[type=file]:not([data-camera])")) {
      checkFile(input, form);
    }
    form.addEventListener("file-kept", ({ detail }) => showKept(form, detail));
  }
}

document.addEventListener("form-shown", start);
start();
