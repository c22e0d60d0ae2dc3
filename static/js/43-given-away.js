/* A thread that its reader may not see any more, as it was given to somebody else: out of sight at once. */
(() => {
  'use strict';
  inbox.hear('given-away', () => {
    const pane = inbox.thread();
    if (!pane) return;
    const hadFocus = pane.contains(document.activeElement);
    pane.replaceWith(inbox.stencil('stencil-given-away'));
    const preview = inbox.byId('preview');
    preview?.replaceChildren();
    if (preview) preview.hidden = true;
    if (hadFocus) inbox.byId('thread').focus();
    inbox.look();
  });
})();
