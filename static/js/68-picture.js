/* A picture of a message in full, over the page. Its link does the same in a tab of its own. */
(() => {
  'use strict';
  const { byId } = inbox;

  document.addEventListener('click', (event) => {
    const link = event.target.closest('.msg__picture');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { alt } = link.querySelector('img');
    byId('picture-name').textContent = alt;
    byId('picture').querySelector('[data-picture-alone]').href = link.href;
    byId('picture').querySelector('[data-picture]').replaceChildren(inbox.draw(Object.assign(new Image(), { alt }), link.href));
    byId('picture').showModal();
    byId('picture-name').focus();
  });

  document.addEventListener(
    'close',
    ({ target }) => {
      if (target.matches('#picture')) target.querySelector('[data-picture]').replaceChildren();
    },
    true,
  );
})();
