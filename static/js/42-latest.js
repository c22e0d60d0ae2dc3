/* Follow the end only for who is there already; for everybody else a line above what is new, and a way down to it. */
(() => {
  'use strict';
  const NEAR = 80;
  const { byId, scroller } = inbox;
  let missed = 0;
  let stuck = true;

  inbox.isAtEnd = () => {
    const pane = scroller();
    return !pane || (!byId('newer') && pane.scrollHeight - pane.scrollTop - pane.clientHeight <= NEAR);
  };
  const toEnd = () => {
    scroller().scrollTop = scroller().scrollHeight;
    show();
  };
  const toLatest = async () => {
    if (byId('newer')) await inbox.showNewest();
    if (inbox.thread()) toEnd();
  };

  function show() {
    const button = byId('to-latest');
    if (!button) return;
    stuck = inbox.isAtEnd();
    if (stuck) missed = 0;
    button.hidden = stuck;
    button.querySelector('[data-words]').textContent = missed ? inbox.words('new-messages', { number: missed }) : inbox.words('latest');
  }

  const markNew = (message) => {
    if (message && !byId('new-mark')) message.before(inbox.stencil('stencil-new'));
  };

  inbox.hear('arrived', ({ fresh, wasAtEnd }) => {
    const inbound = fresh.filter((message) => message.dataset.dir === 'in');
    if (inbound.length) inbox.thread().dataset.unread = Number(inbox.thread().dataset.unread) + inbound.length;
    if (inbound.length && (document.hidden || !wasAtEnd)) markNew(inbound[0]);
    if (!wasAtEnd) missed += inbound.length;
    if (wasAtEnd) toEnd();
    show();
  });

  /* A link led to one message or note: it is shown where it stands, and said to be the one. */
  const sought = () => byId(location.hash.slice(1)) ?? byId(`msg-${new URLSearchParams(location.search).get('m')}`);

  function showOne(message) {
    message.tabIndex = -1;
    message.classList.add('msg--sought');
    message.scrollIntoView({ block: 'center' });
    message.focus({ preventScroll: true });
    show();
    size.disconnect();
    size.observe(byId('thread-scroll'));
  }

  function open(thread) {
    missed = 0;
    if (!thread) return;
    const unread = Number(thread.dataset.unread);
    if (unread && !byId('newer')) markNew([...thread.querySelectorAll('.msg--in')].at(-unread));
    const wanted = sought();
    if (wanted?.matches('.msg')) return showOne(wanted);
    toEnd();
    const mark = byId('new-mark');
    if (mark && mark.getBoundingClientRect().top < byId('thread-scroll').getBoundingClientRect().top) mark.scrollIntoView({ block: 'start' });
    show();
    size.disconnect();
    size.observe(byId('thread-scroll'));
  }

  /* The box grows, a keyboard opens, a banner comes: who was at the end stays there. */
  const size = new ResizeObserver(() => {
    if (stuck && inbox.thread()) toEnd();
  });
  inbox.hear('thread', open);
  inbox.hear('reached', show);
  inbox.toLatest = toLatest;

  document.addEventListener(
    'scroll',
    ({ target }) => {
      if (target === byId('thread-scroll') || target === document) show();
    },
    { capture: true, passive: true },
  );
  /* htmx would scroll to the line of the address as well, and put it on the very top. */
  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (target.matches('.conv__link')) [detail.path] = detail.path.split('#');
  });
  document.addEventListener('click', async ({ target }) => {
    if (!target.closest('#to-latest')) return;
    await toLatest();
    (inbox.box() ?? byId('thread-scroll')).focus();
  });
})();
