/* Earlier messages come in above: what is read stays where it is. Browsers do not anchor at the very top. */
(() => {
  'use strict';
  let first = null;
  let place = 0;
  const top = (message) => message.getBoundingClientRect().top;

  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.target.id !== 'older') return;
    first = document.querySelector('#thread-scroll .msg');
    place = top(first);
  });

  document.addEventListener('htmx:afterSwap', () => {
    if (!first) return;
    sayEachDayOnce();
    inbox.scroller().scrollTop += top(first) - place;
    first = null;
  });

  function sayEachDayOnce() {
    const seen = new Set();
    for (const day of document.querySelectorAll('#thread-scroll .day')) {
      if (seen.has(day.id)) day.remove();
      seen.add(day.id);
    }
  }
})();
