/* Typed words survive: a draft for each person and conversation, restored in the right box and shown in the list. */
(() => {
  'use strict';
  const { box } = inbox;
  const name = (conv) => `draft:${inbox.user()}:${conv}`;
  const draft = (conv) => inbox.kept.read(name(conv)) ?? '';
  inbox.draft = draft;

  /* Words into the box, as if they had been typed. */
  inbox.write = (words) => {
    box().value = words;
    box().dispatchEvent(new Event('input', { bubbles: true }));
  };

  /* Words go back before what was written since; without a box they stay as the draft. */
  inbox.putBack = (conv, words) => {
    const all = [words, draft(conv)].filter(Boolean).join('\n');
    inbox.kept.write(name(conv), all);
    if (conv !== inbox.conversation() || !box()) return showInList();
    inbox.write(all);
    const { activeElement } = document;
    if (activeElement === document.body || inbox.thread().contains(activeElement)) box().focus();
  };

  let timer = null;
  const say = (isSaved) => {
    const sign = document.querySelector('[data-draft]');
    if (sign) sign.hidden = !isSaved;
  };

  document.addEventListener('input', ({ target }) => {
    if (target !== box()) return;
    inbox.kept.write(name(inbox.conversation()), target.value);
    say(false);
    clearTimeout(timer);
    timer = setTimeout(() => say(Boolean(box()?.value)), 800);
  });

  function restore() {
    if (!box()) return;
    const words = box().value || draft(inbox.conversation());
    if (words) inbox.write(words);
  }
  inbox.hear('thread', restore);
  inbox.hear('composer', restore);

  /* The open conversation shows its draft in the box, so its row shows the last message. */
  function showInList() {
    for (const row of document.querySelectorAll('#conv-list .conv')) {
      const conv = row.id.slice(5);
      const words = conv === inbox.conversation() ? '' : draft(conv).trim();
      row.classList.toggle('conv--draft', Boolean(words));
      row.querySelector('.conv__draft')?.remove();
      if (!words) continue;
      const line = Object.assign(document.createElement('span'), { className: 'conv__draft', textContent: words });
      line.prepend(Object.assign(document.createElement('strong'), { textContent: `${inbox.words('draft')} ` }));
      row.querySelector('.conv__text').after(line);
    }
  }
  for (const event of ['list', 'rows', 'thread']) inbox.hear(event, showInList);
})();
