/* @ in a note offers colleagues: typing narrows them, arrows choose, Enter or Tab takes one, Escape leaves the words alone. */
(() => {
  'use strict';
  const { byId } = inbox;
  const CALL = /(?:^|[^\p{L}\p{N}_@])@((?! )[^\n@]{0,60})$/u;
  const box = () => byId('note-body');
  const all = () => [...byId('mention-list').querySelectorAll('[role="option"]')];
  const offered = () => all().filter((option) => !option.hidden);
  const chosen = () => offered().find((option) => option.matches('[aria-selected="true"]'));
  const isOpen = () => byId('mentions')?.hidden === false;
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  let left = -1; // where the @ stands whose list was left by Escape

  /* The call that the caret stands in: where its @ is, and what was typed after it. */
  function call() {
    const { selectionStart: caret, selectionEnd, value } = box();
    const found = caret === selectionEnd && value.slice(0, caret).match(CALL);
    return found ? { at: caret - found[1].length - 1, caret, typed: plain(found[1]) } : null;
  }

  const fits = (name, typed) => [name, ...name.split(' ')].some((part) => plain(part).startsWith(typed));

  function choose(option) {
    for (const other of all()) other.setAttribute('aria-selected', String(other === option));
    if (option) box().setAttribute('aria-activedescendant', option.id);
    else box().removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }

  function close() {
    byId('mentions').hidden = true;
    byId('mentions-found').textContent = '';
    choose(null);
  }

  function look() {
    const now = call();
    if (now?.at !== left) left = -1;
    for (const option of all()) option.hidden = !now || !fits(option.dataset.name, now.typed);
    const found = offered();
    if (!found.length || left >= 0) return close();
    byId('mentions').hidden = false;
    byId('mentions-found').textContent = inbox.words('colleagues', { number: found.length });
    choose(found[0]);
  }

  /* In place of what was typed of the name; it can be undone like typing. */
  function take(option) {
    const { at, caret } = call();
    const words = `@${option.dataset.name} `;
    box().focus();
    box().setSelectionRange(at, caret);
    if (!document.execCommand('insertText', false, words)) box().setRangeText(words, at, caret, 'end');
    box().form.elements.mentions.value += ` ${option.id.slice('mention-'.length)}`;
    close();
  }

  const acts = {
    ArrowDown: (options, at) => choose(options[(at + 1) % options.length]),
    ArrowUp: (options, at) => choose(options[(at - 1 + options.length) % options.length]),
    Enter: (options, at) => take(options[at]),
    Tab: (options, at) => take(options[at]),
    Escape: () => {
      left = call().at;
      close();
    },
  };
  document.addEventListener('keydown', (event) => {
    const { key, target, isComposing } = event;
    if (target !== box() || isComposing || !isOpen() || !acts[key]) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    acts[key](offered(), offered().indexOf(chosen()));
  });

  document.addEventListener('input', ({ target }) => {
    if (target === box()) look();
  });
  document.addEventListener('selectionchange', () => {
    if (isOpen() && !call()) close();
  });
  document.addEventListener('focusout', ({ target }) => {
    if (target === box() && isOpen()) close();
  });
  document.addEventListener('mousedown', (event) => {
    if (event.target.closest('#mentions')) event.preventDefault(); // the caret stays where it is
  });
  document.addEventListener('click', ({ target }) => {
    const option = target.closest('#mentions [role="option"]');
    if (option) take(option);
  });
  document.addEventListener('htmx:afterRequest', ({ target, detail }) => {
    if (target.matches('#note-writer') && detail.successful) target.elements.mentions.value = '';
  });

  /* A frame is the same for every reader; who is called sees it. */
  inbox.hear('messages', () => {
    for (const name of document.querySelectorAll(`.mention[data-users~="${inbox.user()}"]`)) name.classList.add('mention--you');
  });
})();
