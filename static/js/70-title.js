/* Unread conversations in the tabs, in the rail, in the window's title, as a dot on its icon and on the app's badge. */
(() => {
  'use strict';
  const PREFIX = /^\(\d+\+?\) /;

  function show(name, words) {
    for (const place of document.querySelectorAll(`[data-count="${name}"]`)) place.textContent = words;
    if (name !== 'mine') return;
    document.title = (words && `(${words}) `) + document.title.replace(PREFIX, '');
    const icon = document.querySelector('link[rel="icon"]');
    const address = icon.getAttribute('href').replace(/app(-unread)?\.svg/, words ? 'app-unread.svg' : 'app.svg');
    if (address !== icon.getAttribute('href')) icon.href = address;
    const set = words ? navigator.setAppBadge?.(parseInt(words, 10)) : navigator.clearAppBadge?.();
    set?.catch(() => {}); // a badge is an extra that a browser may refuse
  }

  inbox.hear('counts', (content) => {
    for (const count of content.querySelectorAll('[data-count][id]')) show(count.dataset.count, count.textContent.trim());
  });
})();
