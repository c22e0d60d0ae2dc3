/* The filters and the address bar say the same, defaults left out. Words replace the address, everything else adds a step. */
(() => {
  'use strict';
  const { byId } = inbox;
  let again = false;

  const path = () => (location.pathname.startsWith('/inbox/c/') ? location.pathname : '/inbox');
  const address = (query) => path() + (query.size ? `?${query}` : '');
  const without = (query, ...names) => {
    const rest = new URLSearchParams(query);
    names.forEach((name) => rest.delete(name));
    return rest;
  };

  function asked(form) {
    const query = new URLSearchParams(new FormData(form));
    if (query.get('range') !== 'custom') ['from', 'to'].forEach((name) => query.delete(name));
    if (query.get('range') === 'all' || (!query.get('from') && !query.get('to') && query.get('range') === 'custom')) query.delete('range');
    for (const [name, value] of [...query]) if (!value.trim()) query.delete(name);
    return query;
  }

  const isSame = (one, other) => {
    one.sort();
    other.sort();
    return `${one}` === `${other}`;
  };

  document.addEventListener('htmx:configRequest', (event) => {
    const { detail, target } = event;
    if (target.matches('[data-tab], [data-back]')) detail.path = target.getAttribute('href');
    if (!target.matches('#filters')) return;
    const query = asked(target);
    const now = new URLSearchParams(location.search);
    if (!again && isSame(without(query), without(now, 'before', 'm'))) return event.preventDefault();
    again = false;
    for (const name of Object.keys(detail.parameters)) delete detail.parameters[name];
    detail.path = address(query);
    const onlyWords = isSame(without(query, 'q'), without(now, 'q', 'before', 'm'));
    target.toggleAttribute('hx-push-url', !onlyWords);
    target.toggleAttribute('hx-replace-url', onlyWords);
    target.setAttribute(onlyWords ? 'hx-replace-url' : 'hx-push-url', 'true');
  });

  /* Links that keep the view have to follow it. */
  function follow() {
    const now = without(location.search, 'before', 'm');
    for (const link of document.querySelectorAll('[data-tab]')) {
      const query = link.hasAttribute('data-clears') ? new URLSearchParams() : without(now);
      query.delete('tab');
      if (link.dataset.tab === 'mine') query.delete('owner');
      else query.set('tab', link.dataset.tab);
      link.setAttribute('href', address(query));
    }
    document.querySelector('[data-back]')?.setAttribute('href', `/inbox${now.size ? `?${now}` : ''}`);
    const counter = document.querySelector('[data-filters-count]');
    if (counter) counter.textContent = without(now, 'tab', 'from', 'to', 'q').size || '';
  }
  /* The list says what is wrong with a date; its field has to say so too. */
  function markWrongDates() {
    const wrong = (byId('convs-scroll')?.dataset.errors ?? '').split(' ');
    for (const field of document.querySelectorAll('.filters__dates .input')) {
      const isWrong = wrong.includes(field.name);
      field.setAttribute('aria-invalid', String(isWrong));
      field.setAttribute('aria-describedby', isWrong ? `list-${field.name}-error` : 'days-hint');
    }
  }
  inbox.hear('list', follow);
  inbox.hear('list', markWrongDates);
  inbox.hear('thread', follow);

  /* What is closed is not snoozed: of these two the chip that was pressed last holds. */
  const others = { closed: 'snoozed', snoozed: 'closed' };
  document.addEventListener(
    'change',
    ({ target }) => {
      if (others[target.id] && target.checked) byId(others[target.id]).checked = false;
    },
    true, // before the form is sent
  );

  const isList = (detail) => ['convs', 'convs-scroll'].includes(detail.target?.id);
  document.addEventListener('htmx:beforeRequest', ({ detail }) => {
    if (isList(detail)) byId('convs-scroll').setAttribute('aria-busy', 'true');
  });
  document.addEventListener('htmx:afterRequest', ({ detail }) => {
    if (isList(detail)) byId('convs-scroll').removeAttribute('aria-busy');
  });
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ detail }) => {
      if (isList(detail)) byId('convs-failed').hidden = false;
    });
  }

  document.addEventListener('click', ({ target }) => {
    if (target.closest('#convs-failed')) {
      again = true;
      htmx.trigger('#filters', 'submit');
    }
    const toggle = target.closest('[data-filters-toggle]');
    if (toggle) toggle.setAttribute('aria-expanded', String(toggle.getAttribute('aria-expanded') !== 'true'));
  });
})();
