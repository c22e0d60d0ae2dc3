/* A candidate in a sheet over the page: the inbox's own preview where there is no room for it, or one that htmx brings. */
(() => {
  'use strict';
  const { byId } = inbox;

  const open = () => {
    if (!byId('sheet').open) byId('sheet').showModal();
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-shows-preview]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const copy = Object.assign(document.createElement('div'), { className: 'preview' });
    copy.append(...byId('preview').cloneNode(true).children);
    byId('sheet-body').replaceChildren(copy);
    htmx.process(copy);
    open();
  });

  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target?.id !== 'sheet-body') return;
    open();
    byId('card-name').focus({ preventScroll: true });
  });

  document.addEventListener('click', ({ target }) => {
    if (target.matches('dialog')) target.close(); // the backdrop
  });
  document.addEventListener(
    'close',
    ({ target }) => {
      if (!target.matches('#sheet')) return;
      byId('sheet-body').replaceChildren();
      inbox.look();
    },
    true,
  );
})();
