/*
 * Shows the letter with the text as it is being typed. Without this script the buttons open the same in a new tab.
 */
const pane = document.querySelector("[data-preview]");
const WAIT = 400; // milliseconds without a keystroke

if (pane) {
  const form = pane.closest("form");
  let timer = 0;
  let asked = 0;

  const show = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(pane.dataset.preview, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
      });
      if (!answer.ok && answer.status !== 400) {
        throw new Error(String(answer.status));
      }
      const page = await answer.text();
      if (mine === asked) {
        pane.innerHTML = page; // our own template's answer: what staff typed is escaped in it
      }
    } catch {
      if (mine === asked) {
        pane.textContent = pane.dataset.failed;
      }
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  };
  form.querySelector("[name=text]")?.addEventListener("input", later);
  form.querySelector("[name=delegate]").addEventListener("change", show);
  show();
}
