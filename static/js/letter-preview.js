/*
 * Shows the letter with the texts as they are being typed, in the language of the one that is. Without this script the buttons open the same in a new tab.
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
  const language = form.querySelector("[name=preview_language]");
  for (const text of form.querySelectorAll("[data-language]")) {
    text.addEventListener("input", () => {
      language.value = text.dataset.language;
      later();
    });
  }
  for (const choice of [language, form.querySelector("[name=delegate]")]) {
    choice.addEventListener("change", show);
  }
  show();
}
