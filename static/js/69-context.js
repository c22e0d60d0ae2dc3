/* What is known of the candidate follows the thread: who texted, which tags, the newest notes. Typed words stay. */
(() => {
  'use strict';
  const SOON = 500;
  const PANEL = '[data-context]';
  let timer = null;
  let isStale = false;
  let before = null; // what the panel that is being swapped holds of the reader's

  const panels = () => [...document.querySelectorAll(PANEL)];
  const isBusy = (panel) => panel.contains(document.activeElement);
  const adding = (panel) => [...panel.querySelectorAll('[data-kind]')];

  /* One that does not come leaves the panel as it is: the next thing that happens asks again. */
  const renew = (panel) =>
    htmx.ajax('GET', panel.getAttribute('hx-get'), { source: panel, target: panel, swap: 'outerHTML' }).catch(() => {});

  /* Not from under a hand. */
  function refresh() {
    timer = null;
    isStale = panels().some(isBusy);
    for (const panel of panels()) if (!isBusy(panel)) renew(panel);
  }
  const soon = () => {
    timer ??= setTimeout(refresh, SOON);
  };

  inbox.hear('arrived', ({ fresh }) => {
    if (fresh.length) soon();
  });
  inbox.hear('messages', (ids) => {
    if (!ids.length) soon(); // no message has changed but something else, or the thread was loaded anew
  });
  document.addEventListener('focusout', ({ target }) => {
    if (isStale && target.closest(PANEL)) soon();
  });

  document.addEventListener('htmx:beforeSwap', ({ target, detail }) => {
    if (!target.matches(PANEL)) return;
    const sent = detail.requestConfig.elt;
    const kept = adding(target).filter((form) => form !== sent);
    before = {
      words: kept.map((form) => [form.dataset.kind, form.elements.name.value]),
      kind: sent === target ? null : sent.closest('.labels').querySelector('[data-kind]').dataset.kind,
      hadFocus: isBusy(target),
    };
  });
  document.addEventListener('htmx:afterSwap', ({ target }) => {
    if (!target.matches?.(PANEL) || !before) return;
    const { words, kind, hadFocus } = before;
    before = null;
    const field = (name) => target.querySelector(`[data-kind="${name}"]`)?.elements.name;
    for (const [name, value] of words) if (value && field(name)) field(name).value = value;
    if (!kind) return;
    if (hadFocus) field(kind)?.focus();
    for (const panel of panels()) if (panel !== target) renew(panel);
  });
})();
