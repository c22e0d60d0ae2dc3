/* Emoji: the button, or Ctrl and a full stop, opens a list that is searched by names and walked with the arrows. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const MOST = 160;
  const search = () => byId('emoji-q');
  const isOpen = () => byId('emoji')?.hidden === false;
  const options = () => [...byId('emoji-list').children];
  const chosen = () => options().find((option) => option.matches('[aria-selected="true"]'));
  let all = null; // [emoji, its names]
  let walks = false; // the arrows have left the words of the search

  async function load() {
    if (all) return;
    const answer = await fetch(byId('emoji').dataset.list);
    all = (await answer.json()).map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
  }

  /* Every word has to begin one of the names. */
  function matching(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter(([, names]) => words.every((word) => ` ${names.toLowerCase()}`.includes(` ${word}`))).slice(0, MOST);
  }

  function choose(option) {
    for (const other of options()) other.setAttribute('aria-selected', String(other === option));
    search().setAttribute('aria-activedescendant', option?.id ?? '');
    option?.scrollIntoView({ block: 'nearest' });
    byId('emoji-words').textContent = option ? wordsOf(option) : inbox.words('no-emoji');
  }

  function wordsOf(option) {
    const names = option.dataset.names.split(' · ')[0];
    if (inbox.pictures?.of(inbox.conversation()).length) return names;
    const { segments, limit } = inbox.measure(box().value + option.textContent);
    return inbox.words('with-emoji', { names, segments: inbox.words('segments', { number: segments }), limit });
  }

  function show() {
    const found = matching(search().value).map(([emoji, names], place) => {
      const option = Object.assign(document.createElement('li'), { id: `emoji-${place}`, className: 'emoji__one', role: 'option', textContent: emoji });
      option.dataset.names = names;
      option.setAttribute('aria-label', names.split(' · ')[0]);
      return option;
    });
    byId('emoji-list').replaceChildren(...found);
    choose(found[0]);
  }

  const opener = (isExpanded) => document.querySelector('[data-opens-emoji]')?.setAttribute('aria-expanded', String(isExpanded));

  async function open() {
    if (!byId('emoji') || !box()) return;
    byId('emoji').hidden = false;
    opener(true);
    search().value = '';
    search().focus();
    try {
      await load();
    } catch {
      close();
      return inbox.notice(inbox.words('emoji-away'));
    }
    if (isOpen()) show();
  }

  function close() {
    byId('emoji').hidden = true;
    opener(false);
    box()?.focus();
  }

  /* Where the caret stands; it can be undone like typing, and the counter beside the box counts it. */
  function take(option) {
    close();
    if (!document.execCommand('insertText', false, option.textContent)) inbox.write(box().value + option.textContent);
  }

  /* A line up or down is the nearest one of another height. */
  function beside(by) {
    const every = options();
    const from = every.indexOf(chosen());
    const columns = every.findIndex((option) => option.offsetTop !== every[0].offsetTop);
    return every[from + by * (columns < 0 ? every.length : columns)] ?? chosen();
  }
  const next = (by) => options()[options().indexOf(chosen()) + by] ?? chosen();
  const steps = { ArrowDown: () => beside(1), ArrowUp: () => beside(-1), ArrowRight: () => next(1), ArrowLeft: () => next(-1) };

  document.addEventListener('keydown', (event) => {
    const { key, target, isComposing } = event;
    if (isComposing || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && key === '.' && (target === box() || target === search())) {
      event.preventDefault();
      if (isOpen()) close();
      else open();
    } else if (event.ctrlKey || event.metaKey || !isOpen() || !byId('emoji').contains(target)) {
      return;
    } else if (key === 'Escape') {
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    } else if (target === search() && steps[key] && (walks || !search().value || key === 'ArrowDown')) {
      event.preventDefault();
      walks = true;
      if (chosen()) choose(steps[key]());
    } else if (target === search() && key === 'Enter') {
      event.preventDefault();
      if (chosen()) take(chosen());
    }
  });
  document.addEventListener('input', ({ target }) => {
    if (target !== search() || !all) return;
    walks = false;
    show();
  });
  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-opens-emoji]')) return isOpen() ? close() : open();
    if (target.closest('[data-closes-emoji]')) return close();
    const option = target.closest('#emoji [role="option"]');
    if (option) take(option);
  });
})();
