/*
 * Draw the signature instead of typing the name. Without this script, or from the keyboard, the name is typed; what is
 * drawn goes with the form as a PNG in a hidden field.
 */
const area = document.querySelector("[data-draw]");

function pad(canvas, field, emptyNote) {
  const pen = canvas.getContext("2d");
  let last = null;

  const clear = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 3.5;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#0b2f4a";
    field.value = "";
    emptyNote.hidden = false;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
  };
  const line = (to) => {
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to);
    pen.stroke();
    last = to;
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last);
    emptyNote.hidden = true;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last) {
      for (const point of event.getCoalescedEvents?.() ?? [event]) {
        line(at(point));
      }
    }
  });
  const stop = () => {
    if (last) {
      last = null;
      field.value = canvas.toDataURL("image/png");
    }
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);

  const before = field.value;
  clear();
  if (before.startsWith("data:image/png;base64,")) {
    const picture = new Image();
    picture.addEventListener("load", () => {
      pen.drawImage(picture, 0, 0);
      field.value = before;
      emptyNote.hidden = true;
    });
    picture.src = before;
  }
  return { clear };
}

if (area) {
  const field = document.querySelector("input[name=drawn]");
  const typed = document.getElementById("div_id_typed_name");
  const board = pad(area.querySelector("canvas"), field, area.querySelector("[data-empty]"));
  const pads = area.querySelector("[data-pad]");
  const choices = area.querySelectorAll("input[name=sign_with]");
  let kept = "";

  const show = (way) => {
    pads.hidden = way !== "draw";
    typed.hidden = way === "draw";
    if (way === "type") {
      kept = field.value;
      field.value = "";
    } else if (kept) {
      field.value = kept;
    }
  };
  for (const choice of choices) {
    choice.addEventListener("change", () => show(choice.value));
  }
  area.querySelector("[data-clear]").addEventListener("click", () => {
    kept = "";
    board.clear();
  });
  const drawing = area.querySelector("input[value=draw]").checked;
  const way = field.value || drawing ? "draw" : "type";
  area.querySelector(`input[value=${way}]`).checked = true;
  pads.hidden = way !== "draw";
  typed.hidden = way === "draw";
  area.hidden = false;
}
