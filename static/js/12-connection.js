/* What a lost connection means to the reader: a sentence after 3 s, and Send that waits. */
(() => {
  'use strict';
  const PATIENCE = 3000;
  const LONG = 600_000;
  const THANKS = 4000;

  let lost = null; // when, while it is
  let timers = [];
  let told = false;

  inbox.banner = (kind, words) => {
    const place = inbox.byId('net-banner');
    if (!words) return place.replaceChildren();
    const banner = inbox.stencil('stencil-banner');
    banner.classList.add(`banner--${kind}`);
    banner.querySelector('[data-words]').textContent = words;
    place.replaceChildren(banner);
  };

  const later = (act, ms) => timers.push(setTimeout(act, ms));
  const forget = () => {
    timers.forEach(clearTimeout);
    timers = [];
  };
  const clock = (at) =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: document.body.dataset.zone }).format(at);

  function hold() {
    const send = document.querySelector('[data-send]');
    if (!send) return;
    send.setAttribute('aria-disabled', String(told));
    document.querySelector('[data-waits]').hidden = !told;
  }

  inbox.hear('down', () => {
    if (lost) return; // each try that fails closes as well; the first one counts
    lost = new Date();
    forget();
    later(() => {
      told = true;
      inbox.banner('warn', 'Connection lost. Trying again… Keep writing; sending waits.');
      hold();
    }, PATIENCE);
    later(() => inbox.banner('warn', `Still offline. Messages shown are from before ${clock(lost)}.`), LONG);
  });

  inbox.hear('up', () => {
    if (!lost) return;
    lost = null;
    forget();
    if (!told) return;
    told = false;
    inbox.banner('ok', 'Connected. You are up to date.');
    later(() => inbox.banner(), THANKS);
    hold();
  });

  inbox.hear('refused', () => inbox.banner('warn', 'Live updates stopped. Reload the page to see new messages.'));
  inbox.hear('thread', hold);
  inbox.hear('composer', hold);

  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ detail, target }) => {
      if (lost || target.matches('form') || !['thread', 'sheet-body', 'page'].includes(detail.target?.id)) return;
      inbox.banner('warn', 'That could not be opened. Try again.');
      forget();
      later(() => inbox.banner(), 2 * THANKS);
    });
  }
})();
