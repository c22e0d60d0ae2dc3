/* Rows that arrive: content changes in place at once, order only while nobody is busy in the list. */
(() => {
  'use strict';
  const { byId, order } = inbox;
  const held = new Map(); // id -> row that waits for its place, or for leaving
  let isStale = false;

  const scroll = () => byId('convs-scroll');
  const canHover = matchMedia('(hover: hover)');
  const isOpen = (id) => id === `conv-${inbox.conversation()}`;
  const isGone = (row) => row.hasAttribute('data-gone');
  const isBusy = () =>
    scroll().scrollTop > 4 || (canHover.matches && scroll().matches(':hover')) || scroll().contains(document.activeElement);

  function take(row) {
    const old = byId(row.id);
    const waits = isBusy();
    held.delete(row.id);
    if (isGone(row)) {
      if (old && isOpen(row.id)) sayItLeft(old, row.dataset.gone);
      else if (old && waits) held.set(row.id, row);
      else old?.remove();
    } else if (!old) {
      if (order.isBelowThisPage(row)) return;
      if (waits) held.set(row.id, row);
      else insert(row);
    } else {
      const { key } = row.dataset;
      const moves = !order.fits(old, key);
      if (moves && waits) held.set(row.id, row.cloneNode(true));
      if (moves && waits) row.dataset.key = old.dataset.key;
      if (isOpen(row.id)) row.querySelector('a').setAttribute('aria-current', 'true');
      if (moves && !waits) row.classList.add('conv--arrived');
      Idiomorph.morph(old, row, { morphStyle: 'outerHTML' });
      htmx.process(byId(row.id));
    }
  }

  function insert(row) {
    row.classList.add('conv--arrived');
    inbox.list().prepend(row);
    htmx.process(row);
  }

  function sayItLeft(row, why) {
    row.classList.add('conv--out');
    row.querySelector('.conv__note')?.remove();
    row.querySelector('a').append(inbox.stencil('stencil-left'));
    if (why) row.querySelector('.conv__note').textContent = why;
  }

  function flush() {
    for (const row of held.values()) {
      const old = byId(row.id);
      if (isGone(row)) {
        if (!isOpen(row.id)) old?.remove();
      } else if (old) {
        old.dataset.key = row.dataset.key;
      } else {
        insert(row);
      }
    }
    held.clear();
    order.arrange();
    inbox.tell('rows');
    if (isStale) inbox.refreshList();
  }

  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    if (detail.target.id !== 'conv-list') return;
    detail.shouldSwap = false;
    [...detail.fragment.children].forEach(take);
    if (!isBusy()) order.arrange();
    inbox.tell('rows');
  });

  inbox.waitingRows = () => held.size + (isStale ? 1 : 0);
  const flushIfFree = () => {
    if (inbox.list() && inbox.waitingRows() && !isBusy()) flush();
  };
  inbox.flushList = flush;
  inbox.flushListIfFree = flushIfFree;

  inbox.hear('list-stale', () => {
    isStale = true;
    if (isBusy()) inbox.tell('rows');
    else inbox.refreshList();
  });
  inbox.hear('list', () => {
    held.clear();
    isStale = false;
  });

  /* The row of a thread that was left may now go, but not from under the pointer. */
  inbox.hear('thread', () => {
    for (const row of document.querySelectorAll('.conv--out')) {
      if (isOpen(row.id)) continue;
      held.set(row.id, Object.assign(document.createElement('li'), { id: row.id }));
      held.get(row.id).dataset.gone = '';
    }
    if (inbox.list()) inbox.tell('rows');
    flushIfFree();
  });
})();
