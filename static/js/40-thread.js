/* Messages that arrive: each id stands once, in its place; days are not said twice; nothing goes into another thread. */
(() => {
  'use strict';
  const { byId } = inbox;
  const messages = () => [...byId('thread-scroll').querySelectorAll('.msg[data-at]')];
  const when = (message) => Date.parse(message.dataset.at);

  /* The answer to a send may come after frames that know more. */
  function morph(old, fresh) {
    if (Number(fresh.dataset.step) < Number(old.dataset.step)) return;
    const waits = '.msg--failed, .msg--unconfirmed'; // for a decision
    const hasFailed = fresh.matches(waits) && !old.matches(waits);
    const hadFocus = old.contains(document.activeElement);
    const { id } = old;
    Idiomorph.morph(old, fresh, { morphStyle: 'outerHTML' });
    htmx.process(byId(id));
    if (hadFocus && document.activeElement === document.body) byId('thread-scroll').focus(); // its button is gone
    if (hasFailed) inbox.tell('failed', byId(id));
  }

  /* What a message of this day goes before: `next`, or the lines above it when `next` begins another day. */
  function spot(next, day) {
    let first = next;
    while (first.previousElementSibling?.matches('.newmark, .day')) first = first.previousElementSibling;
    return first.matches('.day') && first.id !== day?.id ? first : next;
  }

  /* Between a line of long ago and what came since the thread was opened lies what is not loaded yet. */
  const liesInGap = (message, next) => {
    const gap = byId('newer');
    return gap && when(message) <= Date.parse(gap.dataset.until) && (!next || byId('thread-list').contains(next));
  };

  /* Puts a new message where its time belongs; false when that lies in what is not loaded. */
  function place(message, day) {
    const all = messages();
    const next = all.find((other) => when(other) > when(message));
    if ((next && next === all[0] && byId('older')) || liesInGap(message, next)) return false;
    if (next) spot(next, day).before(message);
    else byId('thread-list').append(message);
    if (day && !byId(day.id)) message.before(day);
    htmx.process(message);
    return true;
  }

  /* Takes nodes of threads/_messages.html in their order and answers with the messages that are new here. */
  function receive(nodes) {
    const fresh = [];
    let day = null;
    let placed = false;
    for (const node of nodes) {
      if (node.matches('.day')) {
        day = node;
      } else if (byId(node.id)) {
        morph(byId(node.id), node);
        placed = node.matches('.msg');
      } else if (node.matches('.msg')) {
        placed = place(node, day);
        if (placed) fresh.push(node);
      } else if (placed) {
        byId(node.id.replace('event', 'msg')).after(node);
      }
    }
    byId('thread-empty')?.remove();
    return fresh;
  }

  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    if (detail.target.id !== 'thread-list') return;
    detail.shouldSwap = false;
    if (detail.fragment.dataset.conv !== inbox.conversation()) return;
    const wasAtEnd = inbox.isAtEnd();
    const nodes = [...detail.fragment.children];
    const ids = nodes.map((node) => node.id);
    inbox.tell('arrived', { fresh: receive(nodes), wasAtEnd });
    inbox.tell('messages', ids);
  });

  /* "Edit and send": the refused words go back into the box. */
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-edit]');
    if (button) inbox.putBack(inbox.conversation(), button.closest('.msg').querySelector('[data-text]').textContent);
  });
})();
