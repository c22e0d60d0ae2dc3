/* Print the page that is shown. */
(() => {
  'use strict';
  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-prints]')) window.print();
  });
})();
