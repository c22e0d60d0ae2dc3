/* The list in hands: which row is open, when waiting updates may go in, and the next page of rows. */
(() => {
  'use strict';
  const { byId } = inbox;
  const REST = 400;

  function mark() {
    const list = inbox.list();
    if (!list) return;
    for (const link of list.querySelectorAll('[aria-current]')) link.removeAttribute('aria-current');
    byId(`conv-${inbox.conversation()}-link`)?.setAttribute('aria-current', 'true');
  }
  inbox.hear('list', mark);
  inbox.hear('thread', mark);

  let timer = null;
  const flushSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(inbox.flushListIfFree, REST);
  };
  for (const name of ['pointerout', 'focusout', 'scroll']) {
    document.addEventListener(
      name,
      (event) => {
        if (event.target instanceof Element && event.target.closest('#convs-scroll')) flushSoon();
      },
      true,
    );
  }

  document.addEventListener('click', (event) => {
    if (!event.target.closest('#convs-updates')) return;
    byId('convs-scroll').scrollTop = 0;
    inbox.flushList();
    inbox.list().querySelector('.conv__link')?.focus();
  });

  /* A row may have come by the socket and again with the next page: the first one stays. */
  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target?.id !== 'convs-more') return;
    const seen = new Set();
    for (const row of inbox.list().querySelectorAll('.conv')) {
      if (seen.has(row.id)) row.remove();
      seen.add(row.id);
    }
    mark();
    inbox.tell('rows');
  });
})();
