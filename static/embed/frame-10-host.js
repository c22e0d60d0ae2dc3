/* The page around: it is heard only when its origin is in the organisation's list, and spoken to by that origin alone. */
(() => {
  'use strict';
  const ancestors = JSON.parse(document.body.dataset.ancestors);
  const acts = {};
  let host = null;

  const origin = (address) => {
    try {
      return new URL(address).origin;
    } catch {
      return null;
    }
  };
  if (ancestors.includes(origin(document.referrer))) host = origin(document.referrer);

  inbox.host = {
    isThere: () => parent !== window,
    hear: (kind, act) => {
      acts[kind] = act;
    },
    tell: (kind, more = {}) => {
      if (host && parent !== window) parent.postMessage({ sharedInbox: kind, ...more }, host);
    },
  };

  addEventListener('message', (event) => {
    if (event.source !== parent || parent === window || !ancestors.includes(event.origin)) return;
    if (!Object.hasOwn(acts, event.data?.sharedInbox)) return;
    const isFirst = host !== event.origin;
    host = event.origin;
    if (isFirst) inbox.host.tell('here');
    acts[event.data.sharedInbox](event.data);
  });
  addEventListener('DOMContentLoaded', () => inbox.host.tell('here'));

  const dress = ({ theme }) => {
    document.documentElement.dataset.theme = ['light', 'dark'].includes(theme) ? theme : 'auto';
  };
  inbox.host.hear('theme', dress);
  dress({ theme: new URLSearchParams(location.search).get('theme') });

  /* How tall the thread would like to be. */
  const tall = (selector, name) => document.querySelector(selector)?.[name] ?? 0;
  let said = 0;
  const measure = () => {
    const height = tall('.thread__head', 'offsetHeight') + tall('.thread__body', 'scrollHeight') + tall('.thread__foot', 'offsetHeight') + 48;
    if (!inbox.thread() || height === said) return;
    said = height;
    inbox.host.tell('size', { height });
  };
  const sizes = new ResizeObserver(measure);
  inbox.hear('thread', (thread) => {
    sizes.disconnect();
    for (const part of thread?.querySelectorAll('.thread__head, .thread__list, .thread__foot') ?? []) sizes.observe(part);
  });
})();
