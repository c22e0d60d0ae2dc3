/* A token of the page around is exchanged for a session, which stays in this script; in time the page is asked for the next one. */
(() => {
  'use strict';
  const { byId, host } = inbox;
  const EARLY = 60_000; // before the end
  const AGAIN = 15_000;
  const PATIENCE = 8000;
  const RETRY = 3000;
  const LOADING = 5000;
  const words = JSON.parse(document.body.dataset.words);

  let session = '';
  let ends = 0;
  let asked = 0; // when the page was asked last
  let refused = 0; // tokens since the last good one
  let given = ''; // the token that was tried last
  let shows = ''; // whose thread it is, and for whom
  let timer = null;
  let waiting = []; // for a session

  const isGood = () => Boolean(session) && Date.now() < ends;
  inbox.bearer = () => `Bearer ${session}`;
  inbox.protocols = () => ['shared-inbox-embed', session].filter(Boolean);
  inbox.isLetIn = isGood;
  /* Once there is a session again, or after a while without one. */
  inbox.whenLetIn = () =>
    new Promise((go) => {
      waiting.push(go);
      setTimeout(go, PATIENCE);
      ask();
    });

  /* A sentence in place of the thread, or over it: what was typed stays. */
  function say(kind, sentence) {
    const isOver = inbox.thread();
    byId('embed-state').hidden = Boolean(isOver) || !sentence;
    byId('embed-words').textContent = isOver ? '' : sentence;
    if (isOver) inbox.banner(kind, sentence);
  }

  function later(act, ms) {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  }

  /* Ask the page for a new token; when it has none, say so. */
  function ask() {
    if (Date.now() - asked < AGAIN && asked) return;
    asked = Date.now();
    host.tell('token-needed');
    if (!isGood()) later(() => say('warn', words.over), PATIENCE);
  }
  inbox.letInAgain = () => {
    session = '';
    ask();
  };
  inbox.leave = inbox.letInAgain;

  async function letIn(token) {
    if (typeof token !== 'string' || !token || token === given) return;
    given = token;
    let told;
    let answer;
    try {
      answer = await fetch('/embed/session', { method: 'POST', credentials: 'omit', body: new URLSearchParams({ token }) });
      if (answer.status >= 500) throw new Error(answer.statusText);
      told = await answer.json();
    } catch {
      say('warn', words.offline);
      given = '';
      return later(() => letIn(token), RETRY);
    }
    if (answer.ok) welcome(told);
    else refuse(told);
  }

  function welcome({ session: fresh, seconds, candidate, user, zone, hours, language }) {
    clearTimeout(timer);
    session = fresh;
    ends = Date.now() + seconds * 1000;
    asked = refused = 0;
    const wanted = `${candidate} ${user}`;
    const isSame = wanted === shows && inbox.thread();
    shows = wanted;
    Object.assign(document.body.dataset, { user, zone, hours });
    document.documentElement.lang = language;
    for (const go of waiting.splice(0)) go();
    if (!isSame) return load();
    inbox.banner();
    inbox.comeBack();
  }

  /* One that has run out may only have come late: the page is asked for another, at once and then ever so often. */
  function refuse({ why, detail }) {
    host.tell('state', { state: 'refused', why });
    if (['expired', 'used'].includes(why)) {
      if (refused++) say('warn', detail);
      return later(
        () => {
          asked = 0;
          ask();
        },
        refused > 1 ? AGAIN : 0,
      );
    }
    session = '';
    shows = '';
    for (const part of ['#thread', '#live']) if (document.querySelector(part)) htmx.swap(part, '', { swapStyle: 'delete' });
    inbox.look();
    say('warn', detail);
  }

  /* The thread with all that belongs to it, for whoever was let in. */
  async function load() {
    await htmx.ajax('GET', '/embed/content', { target: '#embed', swap: 'innerHTML' }).catch(() => {});
    if (!byId('words')) return later(load, RETRY);
    say('', '');
    host.tell('state', { state: 'shown' });
  }
  inbox.load = load;

  host.hear('token', ({ token }) => letIn(token));

  /* In time, while somebody may be looking; a page in the background lets its session end. */
  setInterval(() => {
    if (shows && !document.hidden && Date.now() > ends - EARLY) ask();
  }, 1000);
  document.addEventListener('visibilitychange', () => {
    if (shows && !document.hidden && !isGood()) inbox.letInAgain();
  });

  document.addEventListener('DOMContentLoaded', () => {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    // Off the address at once: whoever looks over the shoulder of the page's tools need not see it.
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    if (!host.isThere()) return say('warn', words.alone);
    if (token) letIn(token);
    else later(() => say('warn', words.waits), LOADING);
  });
})();
