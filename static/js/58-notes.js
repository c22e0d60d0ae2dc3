/* A note beside the thread: its own box, kept by this browser until it is saved. */
(() => {
  'use strict';
  const { byId } = inbox;
  const writer = () => byId('note-writer');
  const box = () => byId('note-body');
  const name = () => `note:${inbox.user()}:${inbox.conversation()}`;

  function show(isOpen) {
    writer().hidden = !isOpen;
    document.querySelector('[data-opens-note]')?.setAttribute('aria-expanded', String(isOpen));
  }

  inbox.openNote = () => {
    if (!writer()) return;
    show(true);
    box().focus();
  };
  function close() {
    show(false);
    (inbox.box() ?? byId('thread-scroll')).focus();
  }

  /* Words that were not saved are on the page again. */
  inbox.hear('thread', () => {
    const kept = writer() && inbox.kept.read(name());
    if (!kept) return;
    box().value = kept;
    show(true);
  });
  document.addEventListener('input', ({ target }) => {
    if (target !== box()) return;
    inbox.kept.write(name(), target.value);
    writer().elements.id.value = ''; // other words are another note
  });

  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-opens-note]')) return writer().hidden ? inbox.openNote() : close();
    if (target.closest('[data-closes-note]')) close();
  });
  document.addEventListener('keydown', (event) => {
    if (event.target !== box() || event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      writer().requestSubmit();
    } else if (event.key === 'Escape') {
      event.stopImmediatePropagation();
      close();
    }
  });

  /* A second try after silence is the same note. */
  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (!target.matches('#note-writer')) return;
    const { id } = target.elements;
    id.value ||= crypto.randomUUID();
    detail.parameters.id = id.value;
  });
  document.addEventListener('htmx:afterRequest', ({ target, detail }) => {
    if (!target.matches('#note-writer')) return;
    if (detail.successful) {
      const path = detail.pathInfo.requestPath;
      inbox.kept.write(`note:${inbox.user()}:${path.split('/')[3]}`, '');
      if (target !== writer()) return;
      target.reset();
      target.elements.id.value = '';
      close();
      inbox.toLatest();
    } else if (detail.xhr.status !== 422) {
      inbox.notice(inbox.words('note-not-saved'));
    }
  });
})();
