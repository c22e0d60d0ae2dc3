/* Whoever goes back twice wants the second page only: the first answer, if it came last, would take its place. */
(() => {
  'use strict';
  let asked = null;

  document.addEventListener('htmx:historyCacheMiss', ({ detail }) => {
    asked?.abort();
    asked = detail.xhr;
  });
})();
