/*
 * A list comes back where it was left: how far it was scrolled is kept for this tab, by the list's address with its filters,
 * and put back when the reader returns from a page that was opened from it.
 */
const place = `place ${location.pathname}${location.search}`;
const before = sessionStorage.getItem(place);
const scrolled = document.scrollingElement;

if (before !== null && document.referrer.startsWith(location.origin)) {
  scrolled.scrollTop = Number(before);
}
sessionStorage.removeItem(place);
window.addEventListener("pagehide", () => sessionStorage.setItem(place, scrolled.scrollTop));
