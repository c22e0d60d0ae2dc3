/* What is on the page. The list and the thread come and go with htmx; every other file hears of it from here. */
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);

  const inbox = {
    byId,
    user: () => document.body.dataset.user,
    list: () => byId('conv-list'),
    thread: () => document.querySelector('#thread[data-conv]'),
    conversation: () => inbox.thread()?.dataset.conv ?? null,
    box: () => document.querySelector('#composer textarea'),
    stencil: (id) => document.importNode(byId(id).content, true).firstElementChild,

    /* What scripts say, in the reader's language: `{name}` is filled in, `number` chooses between the forms of a plural. */
    words: (id, values = {}) => {
      const { said, plural, numbers } = (dictionary ??= read());
      const form = typeof said[id] === 'string' ? said[id] : (said[id][plural.select(values.number)] ?? said[id].other);
      return form.replace(/\{(\w+)\}/g, (whole, name) => (typeof values[name] === 'number' ? numbers.format(values[name]) : (values[name] ?? whole)));
    },

    /* A widget in another system's page does these three in its own way. */
    go: (address) => location.assign(address),
    leave: () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}&signed-out`),
    draw: (image, address) => Object.assign(image, { src: address }),

    /* Files speak to each other by events of this name, so that none needs to know who listens. */
    tell: (name, detail) => document.dispatchEvent(new CustomEvent(`inbox:${name}`, { detail })),
    hear: (name, act) => document.addEventListener(`inbox:${name}`, (event) => act(event.detail)),

    /* Below 32 rem of height the page itself scrolls, not the pane. */
    scroller: () => {
      const pane = byId('thread-scroll');
      return pane && getComputedStyle(pane).overflowY === 'visible' ? document.scrollingElement : pane;
    },
  };

  let dictionary = null;
  const read = () => {
    const { lang } = document.documentElement;
    return { said: JSON.parse(byId('words').dataset.words), plural: new Intl.PluralRules(lang), numbers: new Intl.NumberFormat(lang) };
  };

  const shown = { list: null, thread: null };

  /* Tell of a list or a thread that is not the element it was: first page, swap, history, closed sheet. */
  inbox.look = () => {
    for (const name of Object.keys(shown)) {
      const now = inbox[name]();
      if (now === shown[name]) continue;
      shown[name] = now;
      inbox.tell(name, now);
    }
  };

  window.inbox = inbox;
  for (const name of ['DOMContentLoaded', 'htmx:afterSwap', 'htmx:historyRestore']) {
    document.addEventListener(name, inbox.look);
  }
})();
