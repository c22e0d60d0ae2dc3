/* Where the focus goes when a pane is opened by hand: to its heading, or to the line that was looked for; back in the list, to the row one came from. */
(() => {
  'use strict';
  let last = null;

  inbox.hear('thread', (thread) => {
    last = thread?.dataset.conv ?? last;
  });
  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (!detail.boosted) return;
    const { id } = detail.target;
    if (id === 'thread' && !document.querySelector('.msg--sought')) inbox.byId('thread-name')?.focus({ preventScroll: true });
    if (id === 'page') inbox.byId(`conv-${last}-link`)?.focus();
  });
})();
