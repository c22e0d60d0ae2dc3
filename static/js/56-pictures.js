/* Pictures of the text in the box: chosen, pasted or dropped; made ready by the server at once, kept until they are sent. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const list = () => byId('added');
  const form = () => byId('composer');
  const name = (conv) => `pictures:${inbox.user()}:${conv}`;
  const kept = (conv) => JSON.parse(inbox.kept.read(name(conv)) || '[]');
  const keep = (conv, all) => inbox.kept.write(name(conv), all.length ? JSON.stringify(all) : '');
  const address = (conv, id) => `/inbox/c/${conv}/media/${id}/thumbnail`;
  const busy = new Map(); // by conversation: how many are on their way to the server

  function item(words, id = '') {
    const node = inbox.stencil('stencil-picture');
    node.dataset.added = id;
    node.querySelector('img').alt = words;
    Object.assign(node.querySelector('[data-removes-picture]'), { ariaLabel: inbox.words('remove', { name: words }) }).dataset.name = words;
    if (id) inbox.draw(node.querySelector('img'), address(inbox.conversation(), id));
    node.querySelector('input').disabled = true; // scripts send the ids themselves
    return node;
  }

  function show() {
    if (!list()) return;
    const all = kept(inbox.conversation());
    const waiting = [...list().querySelectorAll('[data-added=""]')];
    list().replaceChildren(...all.map((one) => item(one.name, one.id)), ...waiting);
    list().hidden = !list().children.length;
    box()?.dispatchEvent(new CustomEvent('inbox-counts', { bubbles: true }));
  }

  const say = (words) => {
    byId('added-words').textContent = words;
  };

  /* Its place until it has been made ready. */
  function placeholder(file) {
    const node = item(file.name);
    node.querySelector('[data-words]').textContent = inbox.words('adding');
    node.querySelector('button').hidden = true;
    list().append(node);
    list().hidden = false;
    return node;
  }

  async function add(conv, file, node) {
    const body = new FormData();
    body.append('file', file);
    let reason = '';
    try {
      const answer = await fetch(`/inbox/c/${conv}/media`, { method: 'POST', body, headers: { Accept: 'application/json' } });
      const told = await answer.json();
      if (answer.ok) keep(conv, [...kept(conv), { id: told.id, name: file.name }]);
      else reason = told.detail;
    } catch {
      reason = inbox.words('not-added', { name: file.name });
    }
    node.remove();
    if (conv !== inbox.conversation()) return;
    if (reason) inbox.notice(reason);
    else say(inbox.words('added', { name: file.name }));
    show();
  }

  /* One after the other, so that they stand as they were chosen. */
  async function addAll(conv, files) {
    busy.set(conv, (busy.get(conv) ?? 0) + 1);
    const all = files.map((file) => [file, placeholder(file)]);
    for (const [file, node] of all) await add(conv, file, node);
    busy.set(conv, busy.get(conv) - 1);
  }

  function take(files) {
    const { noPictures } = form().dataset;
    if (noPictures) return inbox.notice(noPictures);
    const room = Number(list().dataset.most) - list().children.length;
    if (files.length > room) inbox.notice(inbox.words('too-many-pictures', { most: list().dataset.most, number: files.length - room }));
    else inbox.notice('');
    addAll(inbox.conversation(), files.slice(0, Math.max(0, room)));
  }

  const isPicture = (file) => file.type.startsWith('image/');
  inbox.pictures = {
    of: (conv) => kept(conv),
    isBusy: (conv) => Boolean(busy.get(conv)),
    forget: (conv) => {
      keep(conv, []);
      show();
    },
    putBack(conv, all) {
      if (!all.length) return;
      keep(conv, [...all, ...kept(conv)]);
      if (conv === inbox.conversation()) show();
    },
    /* In the bubble of a text on its way. */
    draw(node, text) {
      const images = (text.media ?? []).map((one) => inbox.draw(Object.assign(new Image(144, 144), { alt: one.name }), address(text.conv, one.id)));
      for (const image of images) {
        image.dataset.sent = '';
        const place = document.createElement('li');
        place.append(image);
        node.querySelector('[data-media]').append(place);
      }
      node.querySelector('.msg__bubble').classList.toggle('msg__bubble--bare', Boolean(images.length) && !text.body);
    },
  };

  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-adds-pictures]')) return form().querySelector('[data-files]').click();
    const button = target.closest('[data-removes-picture]');
    if (!button) return;
    const { added } = button.closest('[data-added]').dataset;
    const conv = inbox.conversation();
    keep(conv, kept(conv).filter(({ id }) => id !== added));
    say(inbox.words('removed', { name: button.dataset.name }));
    show();
    box()?.focus();
  });
  document.addEventListener('change', ({ target }) => {
    if (!target.matches('#composer [data-files]')) return;
    take([...target.files]);
    target.value = '';
    box().focus();
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(isPicture);
    if (event.target !== box() || !files.length) return;
    event.preventDefault();
    take(files);
  });

  /* Dropped anywhere on the thread; beside it a browser would leave the page for the file. */
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  const mark = (isOver) => form()?.classList.toggle('composer--drop', isOver);
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event) || !box()) return;
    event.preventDefault();
    mark(Boolean(event.target.closest('#thread')));
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) mark(false);
  });
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event) || !box()) return;
    event.preventDefault();
    mark(false);
    if (event.target.closest('#thread')) take([...event.dataTransfer.files]);
  });
  inbox.hear('thread', show);
  inbox.hear('composer', show);
})();
