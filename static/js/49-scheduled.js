/* Texts that go out later: from the box to below the messages, and back into the box to be changed. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const form = () => document.querySelector('form#composer');
  const text = (id) => byId(`scheduled-${id}`);
  const field = (name) => form().elements[name];
  const name = (conv) => `edits:${inbox.user()}:${conv}`;
  const edited = (conv = inbox.conversation()) => JSON.parse(inbox.kept.read(name(conv)) || 'null'); // { id, beside }
  let asked = null; // the post that is on its way
  let tried = null; // one that nobody answered: the same again is the same text

  const isEdit = () => Boolean(form()?.dataset.edits);
  inbox.isForLater = ({ submitter }) => isEdit() || Boolean(submitter?.matches('[data-later]'));

  /* The fields of the text that is edited; what stood in the box waits beside it until that is done. */
  function show(id) {
    const { sendAt, version } = text(id).dataset;
    form().dataset.edits = id;
    field('send_at').value = sendAt;
    field('version').value = version;
    field('regardless').checked = text(id).hasAttribute('data-regardless');
    document.querySelector('.composer__edits span').textContent = inbox.words('changing', { when: text(id).querySelector('[data-when]').textContent });
    mark();
  }
  function begin(id) {
    if (isEdit() && form().dataset.edits !== id && edited()) return inbox.notice(inbox.words('change-begun'));
    const { beside } = edited() ?? { beside: box().value };
    inbox.kept.write(name(inbox.conversation()), JSON.stringify({ id, beside }));
    inbox.write(text(id).querySelector('[data-text]').textContent);
    show(id);
    byId('later').open = true;
    box().focus({ preventScroll: true });
    byId('later').open = true; // a menu shuts when one looks elsewhere
  }
  function end(words) {
    inbox.kept.write(name(inbox.conversation()), '');
    if (!form()) return;
    delete form().dataset.edits;
    for (const other of ['send_at', 'version']) field(other).value = '';
    field('regardless').checked = false;
    byId('later').open = false;
    inbox.write(words);
    mark();
  }
  function mark() {
    for (const item of document.querySelectorAll('.scheduled__text')) {
      item.toggleAttribute('data-edited', item.id === `scheduled-${form()?.dataset.edits}`);
    }
  }

  /* After a reload the text is still in the box, as the draft; a link of a page without scripts brings it by itself. */
  function resume() {
    if (!form()) return;
    const { edits } = form().dataset;
    const { id } = edited() ?? {};
    if (edits && !text(edits)) delete form().dataset.edits;
    if (isEdit()) {
      form().reset();
      box().value = inbox.draft(inbox.conversation());
      if (id === edits) show(id);
      else begin(edits);
    } else if (id && text(id)) {
      show(id);
    } else if (id) {
      inbox.kept.write(name(inbox.conversation()), '');
      inbox.putBack(inbox.conversation(), edited()?.beside ?? '');
    }
  }
  inbox.hear('thread', (thread) => thread && resume());
  inbox.hear('composer', resume);

  function isGone() {
    const { id, beside } = edited() ?? {};
    if (!isEdit() || text(id)) return mark();
    const words = box().value;
    end([words, beside].filter(Boolean).join('\n'));
    inbox.notice(inbox.words('not-scheduled'));
  }

  document.addEventListener('submit', (event) => {
    if (!event.target.matches('#composer') || !inbox.isForLater(event)) return;
    event.preventDefault();
    if (asked) return;
    const [conv, body] = [inbox.conversation(), box().value];
    if (!isEdit() && inbox.pictures.isBusy(conv)) return inbox.notice(inbox.words('picture-busy'));
    /* While a text is changed those of the draft wait with it. */
    const media = isEdit() ? '' : inbox.pictures.of(conv).map((one) => one.id).join(',');
    const by = (button) => (event.submitter?.name === button ? event.submitter.value : '');
    const [preset, opens] = [by('preset'), by('opens')];
    const { number, send_at, regardless = '', version, template } = Object.fromEntries(new FormData(form()));
    const values = { body, number, send_at, regardless, version, preset, opens, media, template, seen: form().dataset.seen ?? inbox.thread().dataset.seen };
    const path = ['/inbox/c', conv, 'scheduled', form().dataset.edits].filter(Boolean).join('/');
    const same = JSON.stringify([path, body, send_at, regardless, preset, opens, media]);
    const id = tried?.same === same ? tried.id : crypto.randomUUID();
    asked = tried = { conv, body, same, id, media };
    const answer = htmx.ajax('POST', path, { source: '#scheduler', swap: 'none', values: { ...values, id } });
    answer.catch(() => {}); // read below, where every kind of end arrives
  });

  document.addEventListener('htmx:afterRequest', ({ target, detail }) => {
    if (!target.matches('#scheduler') || !asked) return;
    const { conv, body, media } = asked;
    const { status } = detail.xhr;
    const isOpen = conv === inbox.conversation();
    asked = null;
    if (status >= 200 && status < 300) {
      tried = null;
      if (media) inbox.pictures.forget(conv);
      if (isOpen) finished(body);
      else left(conv, body);
    } else if (isOpen && ![409, 422].includes(status)) {
      inbox.notice(inbox.words('still-in-box'));
    }
    if (isOpen && status === 409 && isEdit() && text(form().dataset.edits)) field('version').value = text(form().dataset.edits).dataset.version;
    const seen = isOpen && detail.xhr.getResponseHeader('X-Seen');
    if (!seen) return;
    const { dataset } = inbox.thread();
    dataset.seen = Math.max(dataset.seen, seen);
    if (form()?.dataset.seen) form().dataset.seen = dataset.seen;
  });

  function finished(body) {
    const { beside = '' } = edited() ?? {};
    const added = box().value === body ? '' : box().value; // while the answer was on its way
    end([added, beside].filter(Boolean).join('\n'));
    box().focus({ preventScroll: true });
    inbox.toLatest();
  }
  function left(conv, body) {
    if (inbox.draft(conv) === body) inbox.kept.write(`draft:${inbox.user()}:${conv}`, edited(conv)?.beside ?? '');
    inbox.kept.write(name(conv), '');
  }

  document.addEventListener('click', (event) => {
    const edits = event.target.closest('[data-edits-text]');
    if (edits && box()) {
      event.preventDefault();
      begin(edits.closest('.scheduled__text').id.slice('scheduled-'.length));
    }
    if (event.target.closest('[data-stops-editing]')) {
      event.preventDefault();
      end(edited()?.beside ?? '');
      box().focus();
    }
  });

  /* Frames and answers bring the whole list of them. */
  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    if (detail.target.id !== 'scheduled') return;
    detail.shouldSwap = false;
    const fresh = detail.fragment.firstElementChild;
    if (fresh.dataset.conv !== inbox.conversation()) return;
    const [wasAtEnd, hadFocus, most] = [inbox.isAtEnd(), detail.target.contains(document.activeElement), detail.target.childElementCount];
    Idiomorph.morph(detail.target, fresh, { morphStyle: 'outerHTML' });
    const now = byId('scheduled');
    now.removeAttribute('hx-swap-oob');
    htmx.process(now);
    if (hadFocus && document.activeElement === document.body) (box() ?? byId('thread-scroll')).focus({ preventScroll: true });
    if (wasAtEnd && now.childElementCount > most) inbox.toLatest();
    isGone();
  });
  inbox.hear('messages', isGone); // also after the thread was fetched anew
})();
