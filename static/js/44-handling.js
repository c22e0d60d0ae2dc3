/* Who has the open conversation. Frames and answers bring #handling-now: the newest counts, and the buttons follow it by CSS. */
(() => {
  'use strict';
  const { byId } = inbox;
  const form = () => byId('handling');

  const isNews = (fresh) => {
    const { conv, version } = byId('handling-now').dataset;
    return fresh.dataset.conv === conv && Number(fresh.dataset.version) > Number(version);
  };
  /* Somebody has said whose the conversation is: the whole pane stands under another name. */
  const isSomebodyElse = (fresh) => fresh.dataset.person !== byId('handling-now').dataset.person;
  const isForThisThread = (fragment) => !fragment.dataset?.conv || fragment.dataset.conv === inbox.conversation();

  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    const { target, fragment } = detail;
    if (target.id === 'handling-now') {
      const fresh = fragment.firstElementChild;
      detail.shouldSwap = isNews(fresh);
      if (detail.shouldSwap && isSomebodyElse(fresh)) inbox.tell('stale', 'thread');
    }
    if (target.id === 'composer-notice') detail.shouldSwap = isForThisThread(fragment);
  });

  /* A button that is done with gives the focus to the one that takes its place. */
  let focused = null;
  let heir = null;
  document.addEventListener('htmx:oobBeforeSwap', () => {
    focused = document.activeElement;
    if (focused.matches('.handling__claim')) heir = () => form().querySelector('summary');
    else heir = focused.matches('.handling__close, .handling__reopen, .handling__wake, #snooze *, .notice button') ? inbox.closing : null;
  });
  document.addEventListener('htmx:oobAfterSwap', () => {
    if (heir && !focused.checkVisibility()) heir()?.focus();
  });

  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (target.matches('#handling, #snoozing')) detail.parameters.seen = Math.max(detail.parameters.seen, inbox.thread().dataset.seen);
  });
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ target }) => {
      if (target.matches('#handling, #snoozing, .notice form')) inbox.notice(inbox.words('not-through'));
    });
  }

  /* Close or Reopen, whichever fits now. */
  inbox.closing = () => [...(form()?.querySelectorAll('.handling__close, .handling__reopen') ?? [])].find((button) => button.checkVisibility());

  function open(menu) {
    if (!menu?.checkVisibility()) return;
    menu.open = true;
    menu.querySelector('.menu__item').focus();
  }
  inbox.openAssigning = () => open(form()?.querySelector('.menu'));

  /* Snooze, or bring back what is snoozed. */
  inbox.snoozing = () => {
    const back = form()?.querySelector('.handling__wake');
    if (back?.checkVisibility()) back.click();
    else open(byId('snooze'));
  };
})();
