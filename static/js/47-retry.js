/* Trying a failed text again, and hearing of a text that has just failed. */
(() => {
  'use strict';
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ target }) => {
      if (target.matches('[data-retry]')) inbox.notice('That did not get through. Try again.');
    });
  }

  inbox.hear('failed', (message) => {
    inbox.notice(`Not delivered. ${message.querySelector('.msg__failure > p').firstChild.textContent.trim()}`);
  });
})();
