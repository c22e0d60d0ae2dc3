/* The menu of saved views follows the address: which one is shown, and what would be saved or exported. An open thread stays open. */
(() => {
  'use strict';
  const { byId } = inbox;
  const NO_FILTERS = ['before', 'm'];

  const filters = (query) => {
    const kept = new URLSearchParams(query);
    NO_FILTERS.forEach((name) => kept.delete(name));
    kept.sort();
    return kept;
  };

  function follow() {
    const menu = byId('saved-views');
    if (!menu) return;
    const now = filters(location.search);
    const path = location.pathname.startsWith('/inbox/c/') ? location.pathname : '/inbox';
    let shown = null;
    for (const link of menu.querySelectorAll('[data-view]')) {
      const isShown = !shown && `${filters(link.dataset.view)}` === `${now}`;
      if (isShown) shown = link;
      link.toggleAttribute('aria-current', isShown);
      if (isShown) link.setAttribute('aria-current', 'true');
      link.setAttribute('href', path + link.dataset.view);
    }
    menu.querySelector('[data-saved-view]').textContent = shown?.dataset.name ?? inbox.words('views');
    const asked = now.size ? `?${now}` : '';
    menu.querySelector('[data-saves]').setAttribute('href', `/saved-views/new${asked}`);
    for (const link of menu.querySelectorAll('[data-exports]')) link.setAttribute('href', link.pathname + asked);
  }
  inbox.hear('list', follow);
  inbox.hear('thread', follow);

  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (target.matches('#saved-views [data-view]')) detail.path = target.getAttribute('href');
  });
})();
