/* What a lost connection, or a server without its database, means to the reader: a sentence, and Send that waits. */
(() => {
  'use strict';
  const PATIENCE = 3000;
  const LONG = 600_000;
  const THANKS = 4000;

  let lost = null; // when, while it is
  let timers = [];
  let told = false;
  let isAway = false; // what the server shows from, by the server's own word

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
    new Intl.DateTimeFormat(document.documentElement.lang, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: document.body.dataset.hours === '12' ? 'h12' : 'h23',
      timeZone: document.body.dataset.zone,
    }).format(at);

  function hold() {
    const send = document.querySelector('[data-send]');
    if (!send) return;
    send.setAttribute('aria-disabled', String(told || isAway));
    document.querySelector('[data-waits]').hidden = !told && !isAway;
  }

  function thank(words) {
    forget();
    inbox.banner('ok', words);
    later(() => inbox.banner(), THANKS);
  }

  inbox.hear('down', () => {
    if (lost) return; // each try that fails closes as well; the first one counts
    lost = new Date();
    forget();
    later(() => {
      told = true;
      inbox.banner('warn', inbox.words('lost'));
      hold();
    }, PATIENCE);
    later(() => inbox.banner('warn', inbox.words('offline', { time: clock(lost) })), LONG);
  });

  /* Without its database the server lets nobody in, and says at once when that has gone since. */
  inbox.hear('up', () => {
    if (!lost) return;
    lost = null;
    forget();
    if (told || isAway) thank(inbox.words(told ? 'connected' : 'back'));
    told = isAway = false;
    hold();
  });

  inbox.hear('source', (isWell) => {
    if (isWell !== isAway) return;
    isAway = !isWell;
    hold();
    if (isWell) return thank(inbox.words('back'));
    forget();
    inbox.banner('warn', inbox.words('away'));
  });
  document.addEventListener('htmx:wsBeforeMessage', ({ detail }) => {
    if (!detail.message.startsWith('{')) return;
    const { t, well } = JSON.parse(detail.message);
    if (t === 'source') inbox.tell('source', well);
  });

  inbox.hear('refused', () => inbox.banner('warn', inbox.words('stopped')));
  inbox.hear('thread', hold);
  inbox.hear('composer', hold);

  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ detail, target }) => {
      if (lost || isAway || target.matches('form') || !['thread', 'sheet-body', 'page'].includes(detail.target?.id)) return;
      inbox.banner('warn', inbox.words('unopened'));
      forget();
      later(() => inbox.banner(), 2 * THANKS);
    });
  }
})();
