/* What this page watches, and from where on: in the socket's address, and over the socket when the page changes below it. */
(() => {
  'use strict';
  let stated = '';

  const view = () => {
    const query = new URLSearchParams(inbox.list() ? location.search : '');
    query.delete('before');
    return query;
  };
  const panes = () => `${view()} ${inbox.conversation()}`;

  /* The query of the socket's address. */
  inbox.watched = () => {
    const query = view();
    if (!inbox.list()) query.set('only', 'thread');
    if (inbox.conversation()) query.set('c', inbox.conversation());
    const { id } = inbox.byId('campaign')?.dataset ?? {};
    if (id) query.set('campaign', id);
    for (const slot of ['list', 'thread', 'counts']) {
      if (inbox.cursor(slot)) query.set(slot, inbox.cursor(slot));
    }
    stated = panes();
    return query;
  };

  function watch() {
    const query = `${view()}`;
    const isSaid = inbox.say({
      t: 'watch',
      view: query && `?${query}`,
      only: inbox.list() ? null : 'thread',
      c: inbox.conversation(),
      list: inbox.cursor('list') ?? null,
      thread: inbox.cursor('thread') ?? null,
    });
    if (isSaid) stated = panes();
  }

  /* A click opens a thread and may swap the list: one word for both. */
  let isDue = false;
  const watchSoon = () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      watch();
    });
  };
  inbox.hear('list', watchSoon);
  inbox.hear('thread', watchSoon);
  inbox.hear('up', () => {
    if (panes() !== stated) watch();
  });
})();
