/* Message templates: / in an empty box, or the button, opens a list that is searched by typing; Enter takes one into the box. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const search = () => byId('picker-q');
  const options = () => [...byId('picker-list').querySelectorAll('[role="option"]')];
  const isOpen = () => byId('picker')?.hidden === false;
  const chosen = () => options().find((option) => option.matches('[aria-selected="true"]'));
  let byKey = false; // opened by a / that was not written

  const opener = (isExpanded) => document.querySelector('[data-opens-picker]')?.setAttribute('aria-expanded', String(isExpanded));

  function choose(option) {
    for (const other of options()) other.setAttribute('aria-selected', String(other === option));
    search().setAttribute('aria-activedescendant', option?.id ?? '');
    option?.scrollIntoView({ block: 'nearest' });
  }

  function open() {
    byId('picker').hidden = false;
    opener(true);
    search().value = '';
    search().focus();
    htmx.trigger(search(), 'picks');
  }

  function close() {
    byId('picker').hidden = true;
    opener(false);
    byKey = false;
    box()?.focus();
  }

  /* In place of what is selected, or where the caret stands; it can be undone like typing. */
  function take(option) {
    close();
    const words = option.dataset.body;
    if (!document.execCommand('insertText', false, words)) inbox.write(box().value + words);
    box().form.elements.template.value = option.dataset.template;
  }

  function leave() {
    const typed = byKey ? `/${search().value}` : '';
    close();
    if (typed) document.execCommand('insertText', false, typed);
  }

  const steps = {
    ArrowDown: (all, at) => all[(at + 1) % all.length],
    ArrowUp: (all, at) => all[(at - 1 + all.length) % all.length],
  };

  document.addEventListener('keydown', (event) => {
    const { key, target, isComposing } = event;
    if (isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (target === box() && key === '/' && !target.value && byId('picker')) {
      event.preventDefault();
      byKey = true;
      open();
    } else if (isOpen() && byId('picker').contains(target) && key === 'Escape') {
      event.preventDefault();
      event.stopImmediatePropagation();
      leave();
    } else if (target === search() && steps[key]) {
      event.preventDefault();
      const all = options();
      if (all.length) choose(steps[key](all, all.indexOf(chosen())));
    } else if (target === search() && key === 'Enter') {
      event.preventDefault();
      if (chosen()) take(chosen());
    }
  });

  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-opens-picker]')) return isOpen() ? leave() : open();
    if (target.closest('[data-closes-picker]')) return leave();
    const option = target.closest('#picker [role="option"]');
    if (option) take(option);
  });
  document.addEventListener('input', ({ target }) => {
    if (target === box() && !target.value) target.form.elements.template.value = '';
  });
  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target?.id === 'picker-list') choose(options()[0]);
  });
})();
