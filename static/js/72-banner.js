/* What the server has to say on every page, as it stands now: it comes with the counts. */
(() => {
  'use strict';
  inbox.hear('counts', (content) => {
    const told = content.querySelector('#banners');
    const shown = inbox.byId('banners');
    // Said again only when it is another sentence: a screen reader reads whatever is put in here.
    if (!told || told.textContent.trim() === shown.textContent.trim()) return;
    shown.replaceChildren(...told.cloneNode(true).childNodes);
  });
})();
