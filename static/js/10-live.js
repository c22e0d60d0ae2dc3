/* The socket: it names its cursors on each connect, comes back after every close that may be mended, and notices silence. */
(() => {
  'use strict';
  const BACK_BY_HTMX = [1006, 1011, 1012, 1013];
  const SIGNED_OUT = 4401;
  const REFUSED = 4403;
  const SHORTEST_WAIT = 300;
  const LONGEST_WAIT = 15_000;
  const LONGEST_SILENCE = 45_000;

  let socket = null;
  let wrapper = null;
  let tries = 0; // since the last socket on which the server said anything: one that is about to end closes it at once
  let heard = 0;
  let away = false; // the page is in the back/forward cache

  const wait = () => {
    const most = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(tries++, 6));
    return SHORTEST_WAIT + Math.random() * (most - SHORTEST_WAIT);
  };

  htmx.config.wsReconnectDelay = wait;
  htmx.createWebSocket = (url) => {
    socket?.close(); // htmx forgets one that is still connecting
    socket = new WebSocket(`${url}?${inbox.watched()}`);
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
    heard = Date.now();
    inbox.tell('up');
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
      if (!BACK_BY_HTMX.includes(code)) setTimeout(reconnectIfDown, wait());
    }
  });

  document.addEventListener('htmx:wsBeforeMessage', () => {
    tries = 0;
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

  /* Whether it could be said. */
  inbox.say = (words) => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(words));
    return true;
  };
})();
