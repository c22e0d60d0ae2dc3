/* The thread of one candidate, live: what comes in is asked for every two seconds while somebody looks. */

import { byId, element, icon, say, show } from './elements.js';
import { composer } from './composer.js';
import { ask, Offline, SignedOut } from './server.js';
import { _, locale } from './words.js';

const EVERY = 2_000;
const SLOWEST = 15_000;
const NEAR = 80;
const LOST = 'Connection lost. Trying again… Keep writing; sending waits.';
const ICONS = { sent: 'sent', delivered: 'delivered', failed: 'warning', unknown: 'unknown', unconfirmed: 'unknown', discarded: 'unknown' };

/* Show it, and keep it up to date until the function that is answered is called. */
export function open(thread, { candidate, page, isSure, me, onSignedOut }) {
  const { one } = show('thread');
  const path = `/conversations/${thread.id}`;
  const list = one('ol');
  const scroll = one('.companion__scroll');
  const known = new Map();
  const marks = {};
  let seen = 0;
  let earlier = null;
  let pause = EVERY;
  let timer = 0;
  let isLeft = false;

  const box = composer(one, { thread, candidate, me, seen: () => seen, sent: (message) => take([message]), onSignedOut: signedOut });

  function signedOut(words) {
    leave();
    onSignedOut(words);
  }

  function leave() {
    isLeft = true;
    clearTimeout(timer);
    watching.disconnect();
    document.removeEventListener('visibilitychange', soon);
    window.removeEventListener('online', soon);
  }

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
    one('.companion__new').hidden = true;
  };

  /* The end stays in view when the room for it changes. */
  let follows = true;
  scroll.addEventListener('scroll', () => (follows = isAtEnd()));
  const watching = new ResizeObserver(() => follows && toEnd());
  watching.observe(scroll);

  /* Put messages in their places, each once; follow the end only when it was in view. */
  function take(messages) {
    const wasAtEnd = isAtEnd();
    let isNew = false;
    for (const message of messages) {
      const shown = bubble(message, me);
      const told = JSON.stringify(message);
      const before = known.get(message.id);
      if (before?.told === told) continue;
      if (before) before.shown.replaceWith(shown);
      else place(shown, message);
      isNew ||= !before && message.direction === 'in';
      known.set(message.id, { shown, told });
    }
    separate();
    if (wasAtEnd) toEnd();
    else if (isNew) one('.companion__new').hidden = false;
  }

  function place(shown, message) {
    const behind = [...list.querySelectorAll('.msg')].find((other) => other.dataset.at > message.at);
    list.insertBefore(shown, behind ?? null);
  }

  /* The days between messages, as the reader's computer counts them. */
  function separate() {
    for (const day of list.querySelectorAll('.companion__day')) day.remove();
    let last = '';
    for (const shown of list.querySelectorAll('.msg')) {
      const day = new Date(shown.dataset.at).toLocaleDateString(locale(), { weekday: 'short', day: 'numeric', month: 'long' });
      if (day !== last) list.insertBefore(element('li', 'companion__day', day), shown);
      last = day;
    }
  }

  async function look() {
    const [now, page] = await Promise.all([
      ask('GET', path, { mark: marks.thread }),
      ask('GET', `${path}/messages`, { mark: marks.messages }),
    ]);
    if (isLeft) return;
    if (now.content) box.standing(now.content);
    if (page.content) {
      const isFirst = !marks.messages;
      take(page.content.data);
      seen = Math.max(seen, page.content.seen);
      if (isFirst) {
        earlier = page.content.next;
        one('[data-earlier]').hidden = !earlier;
        toEnd();
      }
      if (document.visibilityState === 'visible' && isAtEnd()) await ask('POST', `${path}/read`, { body: { seen } });
    }
    Object.assign(marks, { thread: now.mark, messages: page.mark });
  }

  async function turn() {
    clearTimeout(timer);
    try {
      if (document.visibilityState === 'visible') await look();
      pause = EVERY;
      box.reachable(true);
      say(byId('line'), '');
    } catch (error) {
      if (isLeft) return;
      if (error instanceof SignedOut) return signedOut(error.message);
      pause = Math.min(pause * 2, SLOWEST);
      box.reachable(!(error instanceof Offline));
      say(byId('line'), error instanceof Offline ? _(LOST) : error.message);
    }
    if (!isLeft) timer = setTimeout(turn, pause);
  }

  function soon() {
    if (!isLeft && document.visibilityState === 'visible') turn();
  }

  one('[data-earlier]').addEventListener('click', async () => {
    const { content } = await ask('GET', `${path}/messages?cursor=${encodeURIComponent(earlier)}`);
    const height = scroll.scrollHeight;
    take(content.data);
    scroll.scrollTop += scroll.scrollHeight - height;
    earlier = content.next;
    one('[data-earlier]').hidden = !earlier;
  });
  one('.companion__new button').addEventListener('click', toEnd);
  document.addEventListener('visibilitychange', soon);
  window.addEventListener('online', soon);
  if (page) remember(one('[data-remember]'), candidate, page, isSure);
  box.standing(thread);
  turn();
  return leave;
}

function bubble(message, me) {
  const item = element('li', `msg msg--${message.direction} msg--${message.state}`);
  item.dataset.at = message.at;
  const words = element('p', 'msg__bubble');
  const files = message.media_count === 1 ? '[A file, in the inbox]' : '[%s files, in the inbox]';
  const said = [message.body, message.media_count && _(files, message.media_count)];
  words.append(element('span', 'vh', `${message.author}: `), said.filter(Boolean).join(' '));
  const meta = element('p', 'msg__meta');
  if (message.direction === 'out') meta.append(element('span', 'msg__author', message.author === me.name ? _('You') : message.author));
  const at = element('time', '', new Date(message.at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' }));
  at.dateTime = message.at;
  meta.append(at);
  if (message.state_words) {
    const state = element('span', 'msg__state');
    const isQuiet = message.state === 'sent' || message.state === 'delivered';
    state.append(icon(ICONS[message.state] ?? 'clock'), element('span', isQuiet ? 'vh' : '', message.state_words));
    meta.append(state);
  }
  item.append(words, meta);
  if (message.failure) {
    const failure = element('div', 'msg__failure');
    const step = message.failure.next_step && ` ${_('%s in the inbox.', message.failure.next_step)}`;
    failure.append(element('p', '', message.failure.sentence + step));
    item.append(failure);
  }
  return item;
}

/* Found by something else than this page: from now on the page alone is enough. */
function remember(place, candidate, page, isSure) {
  if (!/^https?:/.test(page.url) || page.url.length > 300) return;
  place.hidden = false;
  place.querySelector('span').textContent = _(isSure ? 'This page is about %s.' : 'Is this %s? Found by name only.', candidate.name);
  place.querySelector('button').addEventListener('click', async () => {
    try {
      await ask('PATCH', `/candidates/${candidate.id}`, { body: { profile_url: page.url } });
      place.textContent = _('This page is remembered as %s.', candidate.name);
    } catch (error) {
      place.textContent = error.message || _('Not remembered: the connection was lost.');
    }
  });
}
