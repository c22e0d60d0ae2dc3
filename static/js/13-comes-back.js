/* A page that cannot be had at the moment comes back by itself: its address is asked until it answers something else. */
(() => {
  'use strict';
  const EVERY = 3000;
  const AWAY = [502, 503, 504];

  /* What a redirect leads to, the sign-in page for one, is an answer as well. */
  const isThere = (address) =>
    fetch(address, { cache: 'no-store', redirect: 'manual' }).then(
      ({ status }) => !AWAY.includes(status),
      () => false,
    );

  async function wait(address) {
    if (await isThere(address)) location.replace(address);
    else setTimeout(wait, EVERY * (0.7 + 0.6 * Math.random()), address);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const mark = document.querySelector('[data-comes-back]');
    if (!mark) return;
    mark.hidden = false;
    setTimeout(wait, EVERY, mark.dataset.comesBack);
  });
})();
