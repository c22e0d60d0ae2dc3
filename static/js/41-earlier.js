/* Earlier messages come in above: what is read stays where it is. Browsers do not anchor at the very top. */
(() => {
  'use strict';
  let before = null;

  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.target.id !== 'older') return;
    const { scrollHeight, scrollTop } = inbox.scroller();
    before = { scrollHeight, scrollTop };
  });

  document.addEventListener('htmx:afterSwap', () => {
    if (!before) return;
    sayEachDayOnce();
    const scroller = inbox.scroller();
    scroller.scrollTop = before.scrollTop + scroller.scrollHeight - before.scrollHeight;
    before = null;
  });

  function sayEachDayOnce() {
    const seen = new Set();
    for (const day of document.querySelectorAll('#thread-scroll .day')) {
      if (seen.has(day.id)) day.remove();
      seen.add(day.id);
    }
  }
})();
