/* Texts that nobody answered for stand in their thread, also after a reload, until they arrive or are tried again. */
(() => {
  'use strict';
  const { byId, bubble, outbox } = inbox;

  function restore() {
    let drawn = false;
    for (const text of outbox.of(inbox.conversation())) {
      const node = bubble.of(text);
      if (node?.matches('[data-at]')) {
        outbox.forget(text); // it has come from the server
      } else if (!node) {
        if (inbox.isOnItsWay(text)) bubble.sending(text);
        else bubble.unconfirmed(text);
        drawn = true;
      }
    }
    if (drawn) inbox.toLatest();
  }
  inbox.hear('thread', (thread) => thread && restore());
  inbox.hear('messages', restore);

  document.addEventListener('click', ({ target }) => {
    const id = target.closest('[data-again]')?.closest('.msg').id.slice(4);
    if (!id || document.querySelector('[data-send][aria-disabled="true"]')) return;
    inbox.send(outbox.of(inbox.conversation()).find((text) => text.id === id));
    (inbox.box() ?? byId('thread-scroll')).focus();
  });
})();
