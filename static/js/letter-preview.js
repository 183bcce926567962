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
      const answer = await fetch(pane.dataset.preview, { method: "POST", body: new FormData(form) });
      if (!answer.ok && answer.status !== 400) {
        throw new Error(String(answer.status));
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === asked) {
        pane.replaceChildren(document.adoptNode(page.querySelector("[data-preview-result]")));
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
