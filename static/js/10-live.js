/* The socket: it names its cursors on each connect, comes back after every close that may be mended, and notices silence. */
(() => {
  'use strict';
  const SIGNED_OUT = 4401;
  const REFUSED = 4403;
  const SHORTEST_WAIT = 300;
  const LONGEST_WAIT = 15_000;
  const LONGEST_SILENCE = 42_000; // two beats and a little
  const LATE_BEAT = 25_000;
  const LONGEST_OPENING = 15_000;
  const STEADY = 10_000;
  const LONG_HIDDEN = 60_000;
  const LONGEST_TICK = 90_000; // the timers of a hidden tab come once a minute
  const HASTE = 2000;

  let socket = null;
  let wrapper = null;
  let tries = 0; // since the last socket that stayed: a server that is about to end closes each at once
  let timer = null;
  let asked = 0;
  let opened = Infinity; // not yet
  let heard = 0; // when anything was last heard, or asked
  let hidden = 0;
  let ticked = Date.now();
  let away = false; // in the back/forward cache, signing out, or refused

  htmx.createWebSocket = (url) => {
    socket?.close(); // htmx forgets one that is still connecting
    socket = new WebSocket(`${url}?${inbox.watched()}`, inbox.protocols?.());
    heard = asked = Date.now();
    opened = Infinity;
    socket.addEventListener('close', closed);
    return socket;
  };

  const isClosed = () => socket?.readyState === WebSocket.CLOSED;
  function reconnect() {
    clearTimeout(timer);
    if (away || !socket) return;
    inbox.tell('down');
    if (wrapper) wrapper.reconnect();
    else socket.close(); // the first one, which still hangs: its end brings the wrapper
  }

  const wait = () => {
    const most = Math.min(LONGEST_WAIT, 1000 * 2 ** tries++);
    return SHORTEST_WAIT + Math.random() * (most - SHORTEST_WAIT);
  };

  /* The timers by which htmx comes back cannot be stopped, and one that is late breaks a new connection: ours can. */
  function closed(event) {
    event.stopImmediatePropagation();
    if (socket !== event.target || away) return;
    away = [SIGNED_OUT, REFUSED].includes(event.code);
    if (event.code === SIGNED_OUT) {
      inbox.leave();
    } else if (event.code === REFUSED) {
      inbox.tell('refused');
    } else {
      if (Date.now() - opened > STEADY) tries = 0;
      inbox.tell('down');
      clearTimeout(timer);
      timer = setTimeout(reconnect, wait());
    }
  }

  document.addEventListener('htmx:wsError', ({ detail }) => {
    wrapper ??= detail.socketWrapper.publicInterface;
  });
  document.addEventListener('htmx:wsOpen', ({ detail }) => {
    wrapper = detail.socketWrapper;
    if (detail.event.target !== socket) return;
    heard = opened = Date.now();
    inbox.tell('up');
  });
  document.addEventListener('htmx:wsBeforeMessage', () => {
    heard = Date.now();
  });

  /* A line that says nothing is as good as broken, also while it is being opened; so is one that was slept through. */
  function look() {
    const now = Date.now();
    const slept = now - Math.max(ticked, asked) > LONGEST_TICK;
    const patience = socket?.readyState === WebSocket.CONNECTING ? LONGEST_OPENING : LONGEST_SILENCE;
    ticked = now;
    if (slept || (socket && !isClosed() && now - heard > patience)) reconnect();
  }
  setInterval(look, 1000);

  /* Whoever touches the page wants to see it as it is. */
  const hurry = () => {
    if (socket && Date.now() - heard > (isClosed() ? HASTE : LATE_BEAT)) reconnect();
  };
  for (const name of ['focus', 'pointerdown', 'keydown']) addEventListener(name, hurry, { capture: true, passive: true });

  /* A page in the back/forward cache cannot read its socket, but the server would go on writing to it. */
  addEventListener('pagehide', () => {
    away = true;
    socket?.close(1000);
  });
  addEventListener('pageshow', (event) => {
    away = false;
    if (event.persisted) reconnect();
  });
  /* After another network the old line may be dead without a word. Without any, this computer may still be its own server. */
  for (const name of ['online', 'offline']) addEventListener(name, reconnect);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hidden = Date.now();
    else if (Date.now() - Math.max(hidden, asked) > LONG_HIDDEN) reconnect();
    else look();
  });

  /* Whoever signs out here is on the way to the sign-in page already. */
  document.addEventListener('submit', ({ target }) => {
    if (target.matches('[action="/logout"]')) away = true;
  });

  /* Whoever was sent away has been let in again. */
  inbox.comeBack = () => {
    away = false;
    reconnect();
  };

  /* Whether it could be said. */
  inbox.say = (words) => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(words));
    return true;
  };
})();
