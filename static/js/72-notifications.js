/* The list of notifications that is open does not move by itself: a line says that there are new ones. */
(() => {
  'use strict';
  inbox.hear('counts', (content) => {
    const line = inbox.byId('notifications-news');
    if (line && content.querySelector('[data-news][data-title]')) line.hidden = false;
  });
})();
