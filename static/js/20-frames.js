/* Frames of the socket: each covers a stretch of the event log and is let through once, in order, and only for its own pane.
 * One that is missing shows when the next one begins beyond it. The very last one cannot be missed so: TCP loses nothing
 * from the middle, and whoever connects again says where his panes stand. */
(() => {
  'use strict';
  const REMEMBERED = 40;
  const FIRST_ID = /^(list|thread|counts)-cursor$/;
  const remembered = { list: [], thread: [] }; // their texts

  const holder = { list: inbox.list, thread: inbox.thread };
  const place = (cursor) => {
    const cut = cursor.lastIndexOf('-');
    return { epoch: cursor.slice(0, cut), seq: Number(cursor.slice(cut + 1)) };
  };

  inbox.cursor = (slot) => (slot === 'counts' ? inbox.byId('counts-cursor').dataset.upto : holder[slot]()?.dataset.cursor);

  inbox.life = (cursor) => place(cursor).epoch;

  /* A thread that shows its newest message has been shown up to its cursor. */
  inbox.sawAll = ({ dataset }) => {
    dataset.seen = Math.max(dataset.seen, place(dataset.cursor).seq);
  };

  function read(text) {
    const { content } = Object.assign(document.createElement('template'), { innerHTML: text });
    const head = content.firstElementChild;
    const slot = head?.id.match(FIRST_ID)?.[1];
    return slot ? { slot, text, content, ...head.dataset } : null;
  }

  const belongs = ({ slot, view, conv }) =>
    slot === 'counts' || (slot === 'list' ? inbox.list()?.dataset.view === view : inbox.conversation() === conv);

  /* "next" may be shown, "old" has been, of a "gap" and of another "life" of the log the pane has to be fetched. */
  function standing({ slot, before, upto }) {
    const cursor = inbox.cursor(slot);
    if (!cursor) return 'next';
    const at = place(cursor);
    const [from, to] = [place(before), place(upto)];
    if (to.epoch !== at.epoch) return 'life';
    if (to.seq <= at.seq) return 'old';
    return slot === 'counts' || from.seq <= at.seq ? 'next' : 'gap';
  }

  function accept(frame) {
    if (frame.slot === 'counts') {
      inbox.byId('counts-cursor').dataset.upto = frame.upto;
      inbox.tell('counts', frame.content);
      return false; // they stand in several places, which htmx would not find
    }
    const pane = holder[frame.slot]();
    pane.dataset.cursor = frame.upto;
    if (frame.slot === 'thread') {
      if (!inbox.byId('newer')) inbox.sawAll(pane);
      inbox.tell('composer-state', frame.content.querySelector('#composer-state').dataset.state);
    }
    return true;
  }

  document.addEventListener('htmx:wsBeforeMessage', (event) => {
    const text = event.detail.message;
    if (text.startsWith('{')) {
      event.preventDefault();
      const signal = JSON.parse(text);
      if (signal.t === 'resync' || signal.t === 'refetch') inbox.tell('stale', signal.slot);
      if (signal.t === 'given-away') inbox.tell('given-away');
      if (signal.t === 'hello') inbox.tell('build', signal.build);
      return;
    }
    const frame = read(text);
    if (!frame) return event.preventDefault(); // of a newer build
    if (frame.slot in remembered) remembered[frame.slot] = [...remembered[frame.slot], text].slice(-REMEMBERED);
    const way = belongs(frame) ? standing(frame) : 'old';
    if (way === 'gap') inbox.tell('gap', frame.slot);
    if (way === 'life') inbox.tell('stale', frame.slot);
    if (way !== 'next' || !accept(frame)) event.preventDefault();
  });

  /* A pane may have been rendered before frames that came while it was on its way: show them again. */
  inbox.replay = (slot) => {
    for (const frame of remembered[slot].map(read)) {
      const way = belongs(frame) ? standing(frame) : 'old';
      if (way === 'gap') inbox.tell('gap', slot); // more came than is remembered
      if (way !== 'next') continue;
      accept(frame);
      htmx.swap(document.body, frame.text, { swapStyle: 'none' });
    }
  };
  inbox.hear('list', () => queueMicrotask(() => inbox.replay('list')));
  inbox.hear('thread', () => queueMicrotask(() => inbox.replay('thread')));
})();
