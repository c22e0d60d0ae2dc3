/* The socket: it names its cursors on each connect, comes back after every close that may be mended, and notices silence. */
(() => {
  'use strict';
  const BACK_BY_HTMX = [1006, 1011, 1012, 1013];
  const SIGNED_OUT = 4401;
  const REFUSED = 4403;
  const LONGEST_WAIT = 15_000;
  const LONGEST_SILENCE = 45_000;

  let socket = null;
  let wrapper = null;
  let tries = 0;
  let heard = 0;
  let away = false; // the page is in the back/forward cache
  let asked = '';

  const wait = (number) => Math.random() * Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(number, 6));
  const view = () => {
    const query = new URLSearchParams(inbox.list() ? location.search : '');
    query.delete('before');
    return query;
  };
  const watched = () => `${view()} ${inbox.conversation()}`;

  htmx.config.wsReconnectDelay = wait;
  htmx.createWebSocket = (url) => {
    socket?.close(); // htmx forgets one that is still connecting
    const query = view();
    if (!inbox.list()) query.set('only', 'thread');
    if (inbox.conversation()) query.set('c', inbox.conversation());
    for (const slot of ['list', 'thread', 'counts']) {
      if (inbox.cursor(slot)) query.set(slot, inbox.cursor(slot));
    }
    asked = watched();
    socket = new WebSocket(`${url}?${query}`);
    return socket;
  };

  const ours = (event) => event.detail.event.target === socket;
  const reconnect = () => {
    if (!away && wrapper) wrapper.reconnect();
  };
  const reconnectIfDown = () => {
    if (socket?.readyState === WebSocket.CLOSED) reconnect();
  };

  document.addEventListener('htmx:wsOpen', (event) => {
    wrapper = event.detail.socketWrapper;
    if (!ours(event)) return;
    tries = 0;
    heard = Date.now();
    inbox.tell('up');
    if (watched() !== asked) watch();
  });

  document.addEventListener('htmx:wsClose', (event) => {
    wrapper = event.detail.socketWrapper ?? wrapper;
    wrapper.queue.length = 0;
    if (!ours(event) || away) return;
    const { code } = event.detail.event;
    if (code === SIGNED_OUT) {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}&signed-out`);
    } else if (code === REFUSED) {
      inbox.tell('refused');
    } else {
      inbox.tell('down');
      if (!BACK_BY_HTMX.includes(code)) setTimeout(reconnectIfDown, wait(tries++));
    }
  });

  document.addEventListener('htmx:wsBeforeMessage', () => {
    heard = Date.now();
  });
  /* A line that says nothing is as good as broken, also while it is being opened. */
  const reconnectIfSilent = () => {
    if (!socket || socket.readyState === WebSocket.CLOSED || Date.now() - heard <= LONGEST_SILENCE) return;
    heard = Date.now();
    inbox.tell('down');
    reconnect();
  };
  setInterval(reconnectIfSilent, 5000);

  /* A page in the back/forward cache cannot read its socket, but the server would go on writing to it. */
  addEventListener('pagehide', () => {
    away = true;
    socket?.close(1000);
  });
  addEventListener('pageshow', (event) => {
    away = false;
    if (event.persisted) reconnect();
  });
  addEventListener('online', reconnectIfDown);
  /* Whoever signs out here is on the way to the sign-in page already. */
  document.addEventListener('submit', ({ target }) => {
    if (target.matches('[action="/logout"]')) away = true;
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) reconnectIfSilent();
  });

  function watch() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const query = `${view()}`;
    asked = watched();
    socket.send(
      JSON.stringify({
        t: 'watch',
        view: query && `?${query}`,
        only: inbox.list() ? null : 'thread',
        c: inbox.conversation(),
        list: inbox.cursor('list') ?? null,
        thread: inbox.cursor('thread') ?? null,
      }),
    );
  }

  let due = false;
  const watchSoon = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      watch();
    });
  };
  inbox.hear('list', watchSoon);
  inbox.hear('thread', watchSoon);
})();
