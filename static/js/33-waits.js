/* "Waiting 2 h" in working hours stays true on a page that stays open: the server says when work goes on. */
(() => {
  'use strict';
  const HOUR = 3600;

  function words(seconds) {
    return seconds < HOUR
      ? inbox.words('waiting-minutes', { minutes: Math.floor(seconds / 60) })
      : inbox.words('waiting-hours', { hours: Math.floor(seconds / HOUR) });
  }

  function worked({ seconds, at, goesOn }) {
    const now = Date.now() / 1000;
    const spans = goesOn.split(' ').filter(Boolean).map((span) => span.split('-').map(Number));
    return spans.reduce((sum, [begins, ends]) => sum + Math.max(0, Math.min(now, ends) - Math.max(begins, Number(at))), Number(seconds));
  }

  function show() {
    for (const flag of document.querySelectorAll('.conv__flag--waits')) {
      const seconds = worked(flag.dataset);
      if (flag.hidden && seconds < HOUR) continue; // too short to be said
      flag.hidden = false;
      const line = flag.querySelector('[data-words]');
      if (line.textContent !== words(seconds)) line.textContent = words(seconds);
    }
  }
  setInterval(show, 60_000);
  document.addEventListener('visibilitychange', () => document.hidden || show());
})();
