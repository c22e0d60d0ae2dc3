/* Fetch a pane again when the socket cannot say what it missed. Typed text is never touched. */
(() => {
  'use strict';
  const here = () => location.pathname + location.search;
  const parse = (xhr) => new DOMParser().parseFromString(xhr.responseText, 'text/html');
  const timers = {};

  /* Many browsers may be told at the same moment. */
  const soon = (slot, act) => {
    clearTimeout(timers[slot]);
    timers[slot] = setTimeout(act, 300 + Math.random() * 400);
  };

  inbox.refreshList = async () => {
    const top = inbox.byId('convs-scroll').scrollTop;
    await htmx.ajax('GET', here(), { source: '#convs-scroll', target: '#convs-scroll', select: '#convs-scroll', swap: 'outerHTML' });
    inbox.byId('convs-scroll').scrollTop = top;
  };

  function refreshThread() {
    const conversation = inbox.conversation();
    const handler = (_, { xhr }) => {
      const fresh = xhr.status === 200 && parse(xhr).getElementById('thread');
      if (fresh && conversation === inbox.conversation()) graft(fresh);
    };
    return htmx.ajax('GET', `/inbox/c/${conversation}`, { source: '#thread', target: '#thread', handler });
  }

  /* The messages of a fresh thread into the old one; bubbles on their way stay. */
  function graft(fresh) {
    const scroller = inbox.scroller();
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const history = inbox.byId('thread-history');
    history.replaceChildren(...fresh.querySelector('#thread-history').children);
    for (const node of [...inbox.byId('thread-list').children]) {
      const isOnItsWay = node.matches('.msg--sending, .msg--unconfirmed');
      if (!isOnItsWay || history.querySelector(`#${CSS.escape(node.id)}`)) node.remove();
    }
    inbox.byId('handling-now').replaceWith(fresh.querySelector('#handling-now'));
    for (const name of ['cursor', 'seen', 'unread']) inbox.thread().dataset[name] = fresh.dataset[name];
    htmx.process(history);
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
    inbox.tell('composer-state', fresh.querySelector('#composer').dataset.state);
    inbox.replay('thread');
    inbox.tell('messages', []);
  }

  const refreshCounts = () => {
    const handler = (_, { xhr }) => inbox.tell('counts', parse(xhr));
    return htmx.ajax('GET', here(), { source: '#counts-cursor', target: inbox.list() ? '#convs' : '#page', handler });
  };

  inbox.hear('stale', (slot) => {
    if (slot === 'list' && inbox.list()) soon(slot, () => inbox.tell('list-stale'));
    if (slot === 'thread' && inbox.thread()) soon(slot, refreshThread);
    if (slot === 'counts') soon(slot, refreshCounts);
  });

  /* The composer gives way to a sentence, or comes back: somebody sent STOP or START. */
  inbox.hear('composer-state', async (state) => {
    const conversation = inbox.conversation();
    if (inbox.byId('composer').dataset.state === state) return;
    const handler = (_, { xhr }) => {
      const fresh = xhr.status === 200 && parse(xhr).getElementById('composer');
      if (!fresh || conversation !== inbox.conversation()) return;
      const hadFocus = inbox.byId('composer').contains(document.activeElement);
      inbox.byId('composer').replaceWith(fresh);
      htmx.process(fresh);
      inbox.tell('composer', fresh);
      if (hadFocus) (inbox.box() ?? fresh).focus();
    };
    await htmx.ajax('GET', `/inbox/c/${conversation}/composer`, { source: '#composer-state', target: '#composer', handler });
  });
})();
