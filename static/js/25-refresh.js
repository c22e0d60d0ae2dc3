/* Fetch a pane again when the socket cannot say what it missed, until that succeeds. Typed text is never touched. */
(() => {
  'use strict';
  const SOON = 300;
  const LATER = 3000;
  const PATIENCE = 10_000;
  const due = {}; // slot -> timer
  const asked = {}; // slot -> whether an answer is on its way

  const here = () => location.pathname + location.search;
  const refresh = {
    list: () => inbox.list() && inbox.tell('list-stale'),
    thread: refreshThread,
    counts: refreshCounts,
    composer: refreshComposer,
    campaign: () => inbox.byId('campaign') && htmx.trigger('#campaign', 'stale'),
  };

  /* After a moment of its own, as many browsers may be told at once. Who is told again meanwhile does not wait longer. */
  function soon(slot, ms = SOON) {
    due[slot] ??= setTimeout(
      () => {
        delete due[slot];
        if (asked[slot]) soon(slot);
        else refresh[slot]();
      },
      ms + Math.random() * 400,
    );
  }

  /* The answer as a document; null when there was none, and then it is asked for again. */
  async function ask(slot, path, target) {
    asked[slot] = true;
    try {
      const headers = { 'HX-Request': 'true', 'HX-Target': target };
      const answer = await fetch(path, { headers, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status >= 500) throw new Error(answer.statusText);
      return new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch {
      soon(slot, LATER);
      return null;
    } finally {
      asked[slot] = false;
    }
  }

  inbox.refreshList = async () => {
    if (asked.list) return;
    const path = here();
    const list = inbox.list();
    const answer = await ask('list', path, 'convs-scroll');
    if (list !== inbox.list() || path !== here()) return; // another list has come meanwhile
    const fresh = answer?.getElementById('convs-scroll');
    if (!answer) inbox.byId('convs-failed').hidden = false;
    if (!fresh) return;
    const top = inbox.byId('convs-scroll').scrollTop;
    htmx.swap('#convs-scroll', fresh.outerHTML, { swapStyle: 'outerHTML' });
    inbox.byId('convs-scroll').scrollTop = top;
  };

  /* One that was opened at a line of long ago stays there. */
  function refreshThread() {
    return fetchThread(inbox.byId('newer') && lineInView());
  }
  inbox.showNewest = () => fetchThread(null);

  async function fetchThread(line) {
    const conversation = inbox.conversation();
    if (!conversation) return;
    const answer = await ask('thread', `/inbox/c/${conversation}${line ? `?m=${line.id.slice(4)}` : ''}`, 'thread');
    const fresh = answer?.getElementById('thread');
    if (fresh && conversation === inbox.conversation()) graft(fresh, line);
  }

  const top = (node) => node.getBoundingClientRect().top;
  const lineInView = () => {
    const edge = top(inbox.byId('thread-scroll'));
    return [...inbox.byId('thread-history').querySelectorAll('.msg')].find((line) => top(line) >= edge) ?? null;
  };

  /* The messages of a fresh thread into the old one; bubbles on their way stay. */
  function graft(fresh, line) {
    const scroller = inbox.scroller();
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const place = line && top(line);
    const history = inbox.byId('thread-history');
    const composer = inbox.byId('composer');
    history.replaceChildren(...fresh.querySelector('#thread-history').children);
    for (const node of [...inbox.byId('thread-list').children]) {
      const isOnItsWay = node.matches('.msg:not([data-at])');
      if (!isOnItsWay || history.querySelector(`#${CSS.escape(node.id)}`)) node.remove();
    }
    for (const id of ['handling-now', 'scheduled']) inbox.byId(id).replaceWith(fresh.querySelector(`#${id}`));
    inbox.byId('thread-name').textContent = fresh.querySelector('#thread-name').textContent;
    inbox.byId('thread-empty')?.remove();
    history.before(...fresh.querySelectorAll('#thread-empty'));
    if (isAnotherLife(fresh) && composer.dataset.seen) composer.dataset.seen = fresh.dataset.seen;
    for (const seen of document.querySelectorAll('#handling [name="seen"], #snoozing [name="seen"]')) seen.value = fresh.querySelector('#handling [name="seen"], #snoozing [name="seen"]').value;
    for (const name of ['cursor', 'seen', 'unread']) inbox.thread().dataset[name] = fresh.dataset[name];
    for (const part of [history, inbox.byId('scheduled')]) htmx.process(part);
    const same = line && inbox.byId(line.id);
    if (same) scroller.scrollTop += top(same) - place;
    else scroller.scrollTop = scroller.scrollHeight - fromEnd;
    inbox.tell('composer-state', fresh.querySelector('#composer').dataset.state);
    inbox.replay('thread');
    inbox.tell('messages', []);
  }

  /* Numbers of before a backup was restored say nothing any more. */
  const isAnotherLife = ({ dataset }) => inbox.life(dataset.cursor) !== inbox.life(inbox.cursor('thread'));

  async function refreshCounts() {
    const answer = await ask('counts', here(), 'page');
    const mark = answer?.getElementById('counts-cursor');
    if (!mark) return;
    inbox.byId('counts-cursor').dataset.upto = mark.dataset.upto;
    inbox.tell('counts', answer);
  }

  /* The composer gives way to a sentence, or comes back: somebody sent STOP or START. */
  async function refreshComposer() {
    const conversation = inbox.conversation();
    if (!conversation) return;
    const answer = await ask('composer', `/inbox/c/${conversation}/composer`, 'composer');
    const fresh = answer?.getElementById('composer');
    if (!fresh || conversation !== inbox.conversation()) return;
    const hadFocus = inbox.byId('composer').contains(document.activeElement);
    inbox.byId('composer').replaceWith(fresh);
    htmx.process(fresh);
    inbox.tell('composer', fresh);
    if (hadFocus) (inbox.box() ?? fresh).focus();
  }
  inbox.hear('composer-state', (state) => {
    if (asked.composer) soon('composer');
    else if (inbox.byId('composer').dataset.state !== state) refreshComposer();
  });

  /* What takes its time to be counted says how long it wants to be left alone. */
  inbox.hear('stale', (slot) => soon(slot, Number(inbox.byId(slot)?.dataset.waits) || SOON));
  /* What is being fetched may hold what is missing. If not, its replay says so. */
  inbox.hear('gap', (slot) => {
    if (!asked[slot]) soon(slot);
  });
})();
