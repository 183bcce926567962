/*
 * Follows the progress of letters for many: asks for the same page again and puts its new numbers in place, until all is
 * over. Without this script the page reloads itself.
 */
const EVERY = 2000; // milliseconds

async function follow() {
  const shown = document.querySelector("[data-progress]");
  if (!shown?.hasAttribute("data-open")) {
    return;
  }
  try {
    const answer = await fetch(location.href);
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-progress]");
      if (fresh) {
        shown.replaceWith(document.adoptNode(fresh));
      }
    }
  } catch {
    // The network may be back at the next turn.
  }
  setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
