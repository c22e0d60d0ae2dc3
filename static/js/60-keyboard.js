/* Shortcuts: single keys outside of fields (F6 leads out of them), never with Alt (ą ś @), off by a switch. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const setting = () => `keys:${inbox.user()}`;
  const areOn = () => inbox.user() && inbox.kept.read(setting()) !== 'off';
  const SECOND_KEY = 1500;
  let afterG = 0;

  const tab = (name) => {
    const link = byId(`tab-${name}`);
    if (link?.checkVisibility()) link.click();
    else inbox.go(name === 'mine' ? '/inbox' : `/inbox?tab=${name}`);
  };

  function step(by) {
    const links = [...document.querySelectorAll('#conv-list .conv__link')].filter((link) => link.checkVisibility());
    if (!links.length) return;
    const here = links.findIndex((link) => link === document.activeElement);
    const open = links.findIndex((link) => link.hasAttribute('aria-current'));
    const from = here >= 0 ? here : open;
    const to = from < 0 ? 0 : Math.min(Math.max(from + by, 0), links.length - 1);
    links[to].focus();
  }

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    r: () => box()?.focus(),
    a: () => inbox.openAssigning(),
    e: () => inbox.closing()?.click(),
    z: () => inbox.snoozing(),
    n: () => inbox.openNote(),
    c: () => document.querySelector('.filters__new')?.click(),
    u: () => document.querySelector('.handling__unread')?.click(),
    '/': () => byId('q')?.focus(),
    '?': () => inbox.showShortcuts(),
    '[': () => inbox.stepDay(-1),
    ']': () => inbox.stepDay(1),
    End: () => inbox.thread() && inbox.toLatest(),
    g: () => {
      afterG = Date.now();
    },
  };
  const keysAfterG = { m: () => tab('mine'), s: () => tab('shared'), n: () => inbox.go('/notifications') };

  function leave() {
    if (document.querySelector('.menu[open]')) return; // 66-menu.js shuts it
    if (document.activeElement === box()) byId('thread-scroll').focus();
    else if (inbox.thread()?.contains(document.activeElement)) document.querySelector('#conv-list [aria-current]')?.focus();
  }

  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.isComposing) return;
    if (target === box() && key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      target.form.requestSubmit();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (document.querySelector('dialog[open]')) return;
    if (key === 'Escape') return leave();
    if (key === 'F6') {
      if (areOn() && inbox.stepPane(event.shiftKey ? -1 : 1)) event.preventDefault();
      return;
    }
    if (target.matches('input:not([type="checkbox"]), textarea, select') || !areOn()) return;
    const isSecond = Date.now() - afterG < SECOND_KEY;
    afterG = 0;
    const act = isSecond ? keysAfterG[key] : keys[key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  /* The list of keys, with the switch that turns single keys off (WCAG 2.1.4). */
  inbox.showShortcuts = () => {
    document.querySelector('[data-single-keys]').checked = areOn();
    byId('shortcuts').showModal();
    byId('shortcuts-name').focus();
  };
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-single-keys]')) inbox.kept.write(setting(), target.checked ? '' : 'off');
  });
  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-shows-shortcuts]')) inbox.showShortcuts();
  });
})();
