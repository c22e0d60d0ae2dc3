/* Who has the open conversation. Frames and answers bring #handling-now: the newest counts, and the buttons follow it by CSS. */
(() => {
  'use strict';
  const { byId } = inbox;
  const form = () => byId('handling');

  const isNews = (fresh) => {
    const { conv, version } = byId('handling-now').dataset;
    return fresh.dataset.conv === conv && Number(fresh.dataset.version) > Number(version);
  };
  const isForThisThread = (fragment) => !fragment.dataset?.conv || fragment.dataset.conv === inbox.conversation();

  let focused = null;
  document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
    const { target, fragment } = detail;
    if (target.id === 'handling-now') detail.shouldSwap = isNews(fragment.firstElementChild);
    if (target.id === 'composer-notice') detail.shouldSwap = isForThisThread(fragment);
    focused = document.activeElement;
  });

  /* A button that is done with gives the focus to the one that took its place. */
  document.addEventListener('htmx:oobAfterSwap', ({ detail }) => {
    if (!['handling-now', 'composer-notice'].includes(detail.target.id) || !focused || focused.checkVisibility()) return;
    const isClaim = focused.matches('.handling__claim');
    const next = isClaim ? form()?.querySelector('summary') : inbox.closing();
    if (isClaim || focused.matches('.handling__close, .handling__reopen, .notice button')) next?.focus();
  });

  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (target.matches('#handling')) detail.parameters.seen = inbox.thread().dataset.seen;
  });
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, ({ target }) => {
      if (target.matches('#handling, .notice form')) inbox.notice('That did not get through. Try again.');
    });
  }

  /* Close or Reopen, whichever fits now. */
  inbox.closing = () => [...(form()?.querySelectorAll('.handling__close, .handling__reopen') ?? [])].find((button) => button.checkVisibility());

  inbox.openAssigning = () => {
    const menu = form()?.querySelector('.menu');
    if (!menu) return;
    menu.open = true;
    menu.querySelector('.menu__item').focus();
  };
})();
