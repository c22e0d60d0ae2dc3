/* Sending. One id is the bubble, the message and the key that makes a second try harmless. One text at a time, in order. */
(() => {
  'use strict';
  const { byId, box, bubble } = inbox;
  const MOST = 1600;
  const UNANSWERED = [0, 502, 504]; // nobody knows whether it got through
  const queue = [];
  let current = null;

  const shows = (text) => text.conv === inbox.conversation();

  inbox.notice = (words) => {
    const line = Object.assign(document.createElement('p'), { textContent: words });
    byId('composer-notice').replaceChildren(...(words ? [line] : []));
  };
  inbox.isOnItsWay = (text) => [current, ...queue].some((other) => other?.id === text.id);
  inbox.send = (text) => {
    bubble.sending(text);
    queue.push(text);
    next();
  };

  const reasonAgainst = (body, media) => {
    const length = [...body].length;
    if (inbox.pictures.isBusy(inbox.conversation())) return inbox.words('picture-busy');
    if (!body.trim() && !media.length) return inbox.words('empty');
    if (length > MOST) return inbox.words('too-long', { length, most: MOST, over: length - MOST });
    return '';
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('#composer') || inbox.isForLater(event)) return;
    event.preventDefault();
    if (form.querySelector('[data-send]').getAttribute('aria-disabled') === 'true') return;
    const body = box().value;
    const conv = inbox.conversation();
    const media = inbox.pictures.of(conv);
    const against = reasonAgainst(body, media);
    const reason = document.querySelector('#composer-notice [name="reason"]')?.value ?? ''; // why it cannot wait
    inbox.notice(against);
    box().focus();
    if (against) return;
    const { number, template } = Object.fromEntries(new FormData(form));
    const seen = form.dataset.seen ?? inbox.thread().dataset.seen;
    const text = { id: crypto.randomUUID(), conv, body, media, number, seen, reason, template };
    inbox.outbox.keep(text);
    inbox.pictures.forget(conv);
    inbox.write('');
    inbox.send(text);
    inbox.toLatest();
  });

  function next() {
    if (current || !queue.length) return;
    current = queue.shift();
    const { id, body, media = [], number, seen, reason = '', template = '' } = current;
    const values = { id, body, number, seen, reason, template, media: media.map((one) => one.id).join(',') };
    const answer = htmx.ajax('POST', `/inbox/c/${current.conv}/messages`, { source: '#sender', swap: 'none', values });
    answer.catch(() => {}); // read below, where every kind of end arrives
  }

  /* An answer for a thread that was left must not speak in this one. */
  document.addEventListener('htmx:beforeSwap', ({ target, detail }) => {
    if (target.matches('#sender') && !shows(current)) detail.shouldSwap = false;
  });

  document.addEventListener('htmx:afterRequest', ({ target, detail }) => {
    if (!target.matches('#sender') || !current) return;
    const text = current;
    current = null;
    const { status } = detail.xhr;
    if (shows(text)) renewSeen(detail.xhr.getResponseHeader('X-Seen'));
    if (status >= 200 && status < 300) {
      inbox.outbox.forget(text);
    } else if (UNANSWERED.includes(status)) {
      if (bubble.of(text)?.matches('[data-at]')) inbox.outbox.forget(text); // its frame was faster
      else if (shows(text)) bubble.unconfirmed(text);
    } else {
      giveBack([text, ...takeFromQueue(text.conv)]);
      if (shows(text) && status !== 409 && status !== 422) inbox.notice(inbox.words('back-in-box', { reason: reasonOf(detail.xhr) }));
    }
    next();
  });

  /* Our own word on what is away; a proxy's 503 is a page. */
  const reasonOf = (xhr) =>
    xhr.status === 503 && xhr.getResponseHeader('Content-Type')?.startsWith('text/plain') ? xhr.responseText : inbox.words('not-sent');

  function renewSeen(seen) {
    const { dataset } = inbox.thread();
    if (seen) dataset.seen = Math.max(dataset.seen, seen);
    if (byId('composer').dataset.seen) byId('composer').dataset.seen = dataset.seen;
  }

  /* What was to follow a refused text waits for its writer too. */
  function takeFromQueue(conv) {
    const theirs = queue.filter((text) => text.conv === conv);
    queue.splice(0, queue.length, ...queue.filter((text) => text.conv !== conv));
    return theirs;
  }

  function giveBack(texts) {
    for (const text of texts) {
      bubble.of(text)?.remove();
      inbox.outbox.forget(text);
    }
    const { conv } = texts[0];
    inbox.pictures.putBack(conv, texts.flatMap((text) => text.media ?? []));
    inbox.putBack(conv, texts.map((text) => text.body).filter(Boolean).join('\n'));
    if (shows(texts[0])) byId('composer').elements.template.value = texts[0].template ?? '';
  }
})();
