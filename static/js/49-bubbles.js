/* Bubbles of texts on their way, made of the same partial as every other message. */
(() => {
  'use strict';
  const { byId } = inbox;

  inbox.bubble = {
    of: (text) => (text.conv === inbox.conversation() ? byId(`msg-${text.id}`) : null),

    sending: (text) => put(text, 'sending'),

    unconfirmed(text) {
      const node = put(text, 'unconfirmed');
      node.querySelector('[data-state]').textContent = inbox.words('not-confirmed');
      node.append(inbox.stencil('stencil-unconfirmed'));
    },
  };

  function put(text, state) {
    const node = inbox.stencil('stencil-message');
    node.id = `msg-${text.id}`;
    node.classList.replace('msg--sending', `msg--${state}`);
    node.querySelector('[data-text]').textContent = text.body;
    inbox.pictures.draw(node, text);
    const old = inbox.bubble.of(text);
    if (old) old.replaceWith(node);
    else byId('thread-list').append(node);
    byId('thread-empty')?.remove();
    return node;
  }
})();
