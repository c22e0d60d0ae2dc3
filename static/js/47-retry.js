/* Deciding about a text that did not arrive, and hearing of one that has just failed. */
(() => {
  'use strict';
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ target }) => {
      if (target.matches('[data-retry]')) inbox.notice(inbox.words('not-through'));
    });
  }

  inbox.hear('failed', (message) => {
    const reason = message.querySelector('.msg__failure > p').firstChild.textContent.trim();
    inbox.notice(`${message.querySelector('[data-state]').textContent}. ${reason}`);
  });
})();
