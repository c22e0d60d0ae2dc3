/* Earlier messages come in above: what is read stays where it is, as browsers do not anchor at the very top. Later ones
 * come in below, where a thread was opened at a line of long ago, until they meet what has arrived since. */
(() => {
  'use strict';
  const { byId } = inbox;
  let first = null;
  let place = 0;
  const top = (message) => message.getBoundingClientRect().top;

  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.target.id !== 'older') return;
    first = document.querySelector('#thread-scroll .msg');
    place = top(first);
  });

  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target?.id === 'newer') joinLater();
    if (!first) return;
    sayOnce('.day');
    inbox.scroller().scrollTop += top(first) - place;
    first = null;
  });

  function joinLater() {
    sayOnce('.day, .msg, .event');
    if (!byId('newer')) inbox.sawAll(inbox.thread());
    inbox.tell('messages', []);
    inbox.tell('reached');
  }

  function sayOnce(kinds) {
    const seen = new Set();
    for (const line of byId('thread-scroll').querySelectorAll(kinds)) {
      if (seen.has(line.id)) line.remove();
      seen.add(line.id);
    }
  }
})();
