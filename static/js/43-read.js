/* A thread is read when its end has been in view for 2 s, in a window that somebody looks at. One that was marked unread
 * stays so until it is opened again. */
(() => {
  'use strict';
  const LONG_ENOUGH = 2000;
  let timer = null;

  /* Something waits for this reader, and it may be this thread: whether it is, the server knows. */
  const mayNotify = ({ dataset }) => !('toldOf' in dataset) && Boolean(document.querySelector('[data-count="notifications"]')?.textContent);

  const isRead = () => {
    const thread = inbox.thread();
    const waits = thread && (Number(thread.dataset.unread) > 0 || mayNotify(thread));
    return (
      waits && !('keepsUnread' in thread.dataset) && thread.checkVisibility() && !document.hidden && document.hasFocus() && inbox.isAtEnd()
    );
  };

  function look() {
    if (!isRead()) {
      clearTimeout(timer);
      timer = null;
    } else {
      timer ??= setTimeout(say, LONG_ENOUGH);
    }
  }

  async function say() {
    timer = null;
    if (!isRead()) return;
    const thread = inbox.thread();
    const { conv, seen, unread } = thread.dataset;
    const notified = mayNotify(thread) ? '1' : '';
    thread.dataset.unread = 0;
    thread.dataset.toldOf = '';
    try {
      await htmx.ajax('POST', `/inbox/c/${conv}/read`, { source: '#reader', swap: 'none', values: { seen, notified } });
    } catch {
      delete thread.dataset.toldOf;
      thread.dataset.unread = Number(thread.dataset.unread) + Number(unread); // to be said when the line is back
    }
  }

  document.addEventListener('htmx:afterRequest', ({ detail }) => {
    const { requestPath } = detail.pathInfo;
    if (!requestPath.endsWith('/unread') || !detail.successful || requestPath.split('/')[3] !== inbox.conversation()) return;
    inbox.thread().dataset.keepsUnread = '';
    inbox.notice(inbox.words('marked-unread'));
  });

  const restart = () => {
    clearTimeout(timer);
    timer = null;
    look();
  };
  inbox.hear('thread', restart);
  inbox.hear('arrived', look);
  inbox.hear('counts', (content) => {
    if (content.querySelector(`[data-conv="${inbox.conversation()}"]`)) delete inbox.thread().dataset.toldOf;
    look();
  });
  inbox.hear('up', look);
  for (const name of ['visibilitychange', 'scroll']) document.addEventListener(name, look, { capture: true, passive: true });
  for (const name of ['focus', 'blur']) addEventListener(name, look);
})();
