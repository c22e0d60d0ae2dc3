/* A page that was loaded before a deploy goes on as it is; its reader is told, and decides when to load it anew. */
(() => {
  'use strict';

  inbox.hear('build', (build) => {
    const isNew = build !== document.body.dataset.build;
    inbox.byId('build-banner').replaceChildren(...(isNew ? [inbox.stencil('stencil-build')] : []));
  });

  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-reload]')) location.reload();
  });
})();
