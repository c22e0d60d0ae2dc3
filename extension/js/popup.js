/* Which view is shown: connect, find the person, add them, or text them. */

import { byId, complain, element, head, say, show } from './elements.js';
import { read, tab } from './page.js';
import { ask, connect, connection, disconnect, Offline, SignedOut } from './server.js';
import { open as openThread } from './thread.js';
import { _, speak, translate } from './words.js';

const LOST = 'Connection lost. Trying again…';
const FOUND_BY = { profile_url: 'by this page', number: 'by number', email: 'by email', name: 'by name' };
const RETRY = 3_000;

const state = { server: '', page: null, me: null, leave: () => {} };
const may = (scope) => state.me.scopes.includes(scope);

/* Whatever goes wrong leads somewhere: out of reach is tried again, disconnected is said. */
async function guarded(act) {
  try {
    await act();
    say(byId('line'), '');
  } catch (error) {
    if (error instanceof SignedOut) return connecting(error.message);
    if (!(error instanceof Offline)) return say(byId('line'), error.message);
    say(byId('line'), _(LOST));
    setTimeout(() => guarded(act), RETRY);
  }
}

async function begin() {
  const front = await tab();
  document.body.classList.toggle('companion--kept', front.isKept);
  byId('keep').hidden = front.isKept;
  byId('keep').addEventListener('click', () => keepOpen(front.id));
  byId('disconnect').addEventListener('click', () => guarded(async () => (await disconnect(), connecting(''))));
  show('busy');
  state.page = await read(front.id);
  const { server, isConnected, ended } = await connection();
  state.server = server;
  if (!isConnected) return connecting(ended);
  await guarded(found);
}

/* A window of its own, which stays when something else is clicked. */
async function keepOpen(id) {
  await chrome.windows.create({ url: `popup.html?tab=${id}`, type: 'popup', width: 420, height: 680 });
  window.close();
}

function connecting(notice) {
  state.leave();
  byId('who').hidden = true;
  head('Sourcing Companion');
  say(byId('line'), '');
  const { one, form } = show('connect');
  const offered = state.page?.code;
  form.server.value = offered ? state.page.origin : state.server;
  form.code.value = offered ?? '';
  if (offered) one('[data-hint]').textContent = _('This page offers a code for %s. Connect only if this is your Shared Inbox.', new URL(state.page.origin).host);
  say(one('[data-notice]'), notice);
  (offered ? one('button') : form.server.value ? form.code : form.server).focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const server = checked(form.server.value);
    if (!server) return complain(form, { fields: { server: _('Enter an address such as https://inbox.example.com.') } });
    try {
      await connect(server, form.code.value);
    } catch (error) {
      const unreached = { fields: { server: _('Nothing answers at this address. Check it, and your connection.') } };
      return complain(form, error instanceof Offline ? unreached : error);
    }
    state.server = server;
    show('busy');
    await guarded(found);
  });
}

/* The origin that was typed, "" when it is none; without TLS only on this computer. */
function checked(typed) {
  try {
    const { origin, protocol, hostname } = new URL(/^\w+:\/\//.test(typed) ? typed : `https://${typed}`);
    return protocol === 'https:' || ['127.0.0.1', 'localhost'].includes(hostname) ? origin : '';
  } catch {
    return '';
  }
}

async function found() {
  state.me = (await ask('GET', '/me')).content;
  speak(state.me.language);
  for (const part of ['keep', 'open', 'disconnect']) translate(byId(part).parentElement);
  byId('who').hidden = false;
  byId('who-words').textContent = `${state.me.name}, ${state.me.organisation}`;
  const { page } = state;
  const isOurs = page?.origin === state.server;
  if (!page || isOurs) return searching(_(isOurs ? 'Connected. Open a page about somebody, or find them here.' : 'This page cannot be read. Find the person here.'));
  const clues = { profile_url: page.url.length <= 300 ? page.url : null, numbers: page.numbers, emails: page.emails, name: page.name };
  const matches = (await ask('POST', '/candidates/match', { body: clues })).content.data;
  if (matches.length === 1) return candidateFound(matches[0].candidate, FOUND_BY[matches[0].by]);
  if (matches.length) return choosing(matches, _('Several candidates may be meant. Choose one.'));
  if (!page.name && !page.numbers.length && !page.emails.length) return searching(_('No person was found on this page. Find them here.'));
  missing();
}

function searching(words) {
  head('Sourcing Companion');
  const { one, form } = show('search');
  one('[data-words]').textContent = words;
  form.q.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const q = form.q.value.trim();
    if (!q) return;
    guarded(async () => {
      const all = (await ask('GET', `/candidates?q=${encodeURIComponent(q)}`)).content.data;
      say(one('[data-none]'), all.length ? '' : _('Nobody in the talent pool matches “%s”.', q));
      if (all.length) choosing(all.slice(0, 20).map((candidate) => ({ candidate, by: '' })), _('Found for “%s”:', q));
    });
  });
}

function choosing(matches, words) {
  head('Sourcing Companion');
  const { one } = show('choose');
  one('[data-words]').textContent = words;
  for (const { candidate, by } of matches) {
    const button = element('button', 'companion__person');
    button.type = 'button';
    const facts = [candidate.number_words ?? _('No number'), candidate.job, FOUND_BY[by] && _(FOUND_BY[by])];
    button.append(element('strong', '', candidate.name), element('small', '', facts.filter(Boolean).join(' · ')));
    button.addEventListener('click', () => guarded(() => candidateFound(candidate, FOUND_BY[by] ?? '')));
    const item = element('li');
    item.append(button);
    one('ul').append(item);
  }
  one('button').focus();
}

/* Not in the pool: says so, and offers to add them where the role allows it. */
function missing() {
  const { page } = state;
  const name = page.name ?? page.numbers[0] ?? page.emails[0];
  if (!may('candidates:write')) {
    return searching(_('%s is not in the talent pool. Your role cannot add candidates: ask an admin, or find somebody else.', name));
  }
  head('Sourcing Companion');
  const { one, form } = show('add');
  one('[data-words]').textContent = _('%s is not in the talent pool.', name);
  form.elements.name.value = page.name ?? '';
  offer(form, page);
  form.email.value = page.emails[0] ?? '';
  one('#emails').append(...page.emails.map((email) => new Option(email)));
  one('[data-page]').textContent = _('This page is remembered: %s', page.url);
  one('[data-search]').addEventListener('click', () => searching(_('Find the person here.')));
  form.elements.name.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const facts = Object.fromEntries(['name', 'number', 'email'].map((field) => [field, form.elements[field].value.trim() || null]));
    if (page.url.length <= 300) facts.profile_url = page.url;
    kept(form, 'POST', '/candidates', facts, 'just added');
  });
}

function offer(form, page) {
  form.number.value = page?.numbers[0] ?? '';
  form.querySelector('#numbers').append(...(page?.numbers ?? []).map((number) => new Option(number)));
}

/* Keep facts of a candidate; what cannot be taken is said beside its field, and what was typed stays. */
async function kept(form, method, path, facts, words) {
  try {
    const candidate = (await ask(method, path, { body: facts, key: crypto.randomUUID() })).content;
    await guarded(() => candidateFound(candidate, words));
  } catch (error) {
    if (error instanceof SignedOut) return connecting(error.message);
    complain(form, error instanceof Offline ? { message: _('Not saved: the connection was lost. Try again.') } : error);
  }
}

async function candidateFound(candidate, by) {
  state.leave();
  const address = `${state.server}/candidates/${candidate.id}`;
  const sub = [candidate.number_words, by && _(by)].filter(Boolean).join(' · ');
  if (!candidate.number) {
    head(candidate.name, by && sub, address);
    return withoutNumber(candidate);
  }
  if (!candidate.conversation_id && !may('messages:send')) {
    head(candidate.name, sub, address);
    return searching(_('Nobody has texted %s yet, and your role cannot send texts.', candidate.name));
  }
  const thread = candidate.conversation_id
    ? (await ask('GET', `/conversations/${candidate.conversation_id}`)).content
    : (await ask('POST', `/candidates/${candidate.id}/conversation`)).content;
  head(candidate.name, sub, `${state.server}/inbox/c/${thread.id}?tab=shared`);
  const page = by === FOUND_BY.profile_url || by === 'just added' || !may('candidates:write') ? null : state.page;
  state.leave = openThread(thread, { candidate, page, isSure: by !== FOUND_BY.name, me: state.me, onSignedOut: connecting });
}

function withoutNumber(candidate) {
  const { one, form } = show('number');
  const mayAdd = may('candidates:write');
  const words = mayAdd ? 'No mobile number yet. Add one to text %s.' : 'No mobile number yet. Ask an admin to add one.';
  one('[data-words]').textContent = _(words, candidate.name);
  if (!mayAdd) return form.remove();
  offer(form, state.page);
  form.number.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    kept(form, 'PATCH', `/candidates/${candidate.id}`, { number: form.number.value }, '');
  });
}

begin();
