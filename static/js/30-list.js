/* Rows that arrive: content changes in place at once, order only while nobody is busy in the list. */
(() => {
  'use strict';
  const { byId } = inbox;
  const held = new Map(); // id -> row that waits for its place, or for leaving
  let isStale = false;

  const scroll = () => byId('convs-scroll');
  const canHover = matchMedia('(hover: hover)');
  const rows = () => [...inbox.list().querySelectorAll('.conv')];
  const isOpen = (id) => id === `conv-${inbox.conversation()}`;
  const isGone = (row) => row.hasAttribute('data-gone');
  const isBusy = () =>
    scroll().scrollTop > 4 || (canHover.matches && scroll().matches(':hover')) || scroll().contains(document.activeElement);

  function take(row) {
    const old = byId(row.id);
    const waits = isBusy();
    held.delete(row.id);
    if (isGone(row)) {
      if (old && isOpen(row.id)) sayItLeft(old);
      else if (old && waits) held.set(row.id, row);
      else old?.remove();
    } else if (!old) {
      if (isBelowThisPage(row)) return;
      if (waits) held.set(row.id, row);
      else insert(row);
    } else {
      const { key } = row.dataset;
      const moves = !fits(old, key);
      if (moves && waits) held.set(row.id, row.cloneNode(true));
      if (moves && waits) row.dataset.key = old.dataset.key;
      if (isOpen(row.id)) row.querySelector('a').setAttribute('aria-current', 'true');
      if (moves && !waits) row.classList.add('conv--arrived');
      Idiomorph.morph(old, row, { morphStyle: 'outerHTML' });
      htmx.process(byId(row.id));
    }
  }

  /* Whether a row with this key may stay between its neighbours. */
  const fits = ({ previousElementSibling: above, nextElementSibling: below }, key) =>
    (!above || above.dataset.key > key) && !(below?.dataset.key > key);

  const isBelowThisPage = (row) => byId('convs-more') && row.dataset.key < rows().at(-1)?.dataset.key;

  function insert(row) {
    row.classList.add('conv--arrived');
    inbox.list().prepend(row);
    htmx.process(row);
  }

  function sayItLeft(row) {
    row.classList.add('conv--out');
    if (row.querySelector('.conv__note')) return;
    const note = Object.assign(document.createElement('span'), { className: 'conv__note', textContent: 'No longer matches your filters' });
    row.querySelector('a').append(note);
  }

  /* Newest first. moveBefore keeps the focus, which insertBefore would drop. */
  function arrange() {
    const wanted = rows().sort((a, b) => (a.dataset.key < b.dataset.key ? 1 : -1));
    wanted.forEach((row, number) => {
      const there = inbox.list().children[number];
      if (row === there) return;
      if (inbox.list().moveBefore) inbox.list().moveBefore(row, there);
      else inbox.list().insertBefore(row, there);
    });
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
    arrange();
    finish();
    if (isStale) inbox.refreshList();
  }

  function finish() {
    const number = rows().length;
    byId('convs-total').textContent = byId('convs-more') ? `${number} newest` : inbox.count(number, 'conversation', 'conversations');
    const waiting = held.size + (isStale ? 1 : 0);
    byId('convs-updates').hidden = !waiting;
    byId('convs-updates').textContent = `${inbox.count(waiting, 'update', 'updates')}. Show`;
    if (number) byId('convs-empty')?.remove();
    else if (!byId('convs-empty')) inbox.refreshList();
    inbox.tell('rows');
  }

  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    if (detail.target.id !== 'conv-list') return;
    detail.shouldSwap = false;
    [...detail.fragment.children].forEach(take);
    if (!isBusy()) arrange();
    finish();
  });

  const flushIfFree = () => {
    if (inbox.list() && (held.size || isStale) && !isBusy()) flush();
  };
  inbox.flushList = flush;
  inbox.flushListIfFree = flushIfFree;

  inbox.hear('list-stale', () => {
    isStale = true;
    if (isBusy()) finish();
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
    if (inbox.list()) finish();
    flushIfFree();
  });
})();
