/* The box: drafts that outlive the popup, templates, what it costs, and a Send that never sends twice. */

import { element, say } from './elements.js';
import { ask, Offline, SignedOut } from './server.js';
import { _ } from './words.js';

const UNKNOWN = 'Not confirmed: the connection was lost. Press Send again; it goes out once.';
const drafts = chrome.storage.session;

/* `seen()` is the newest message on screen; `sent` gets each text that was taken. */
export function composer(one, { thread, candidate, me, seen, sent, onSignedOut }) {
  const form = one('form');
  const box = form.body;
  const send = form.querySelector('[type="submit"]');
  const notice = one('[data-notice]');
  const key = `draft:${thread.id}`;
  const mayReply = me.scopes.includes('messages:send');
  let isReachable = true;
  let isSending = false;
  let known = 0;
  let attempt = { body: '', id: '' };

  function count() {
    const { units, limit, segments } = globalThis.inbox.measure(box.value);
    one('[data-segments]').textContent = `${units}/${limit} · ${_(segments === 1 ? '%s segment' : '%s segments', segments)}`;
  }

  function write(text) {
    box.value = text;
    changed();
    box.focus();
  }

  function changed() {
    count();
    if (box.value) drafts.set({ [key]: box.value });
    else drafts.remove(key);
  }

  /* The same text is the same message, however often it is sent; other words are another one. */
  function identity(body) {
    if (attempt.body !== body) attempt = { body, id: crypto.randomUUID() };
    return attempt.id;
  }

  async function submit() {
    const body = box.value;
    if (!isReachable || isSending) return;
    isSending = true;
    send.setAttribute('aria-disabled', 'true');
    try {
      const told = { body, id: identity(body), seen: Math.max(seen(), known) };
      if (form.reason.value.trim()) told.reason = form.reason.value.trim();
      const { content } = await ask('POST', `/conversations/${thread.id}/messages`, { body: told });
      say(notice, '');
      askWhy(false);
      if (box.value === body) write('');
      attempt = { body: '', id: '' };
      sent(content);
    } catch (error) {
      if (error instanceof SignedOut) return onSignedOut(error.message);
      if (error.seen) known = error.seen;
      say(notice, error instanceof Offline ? _(UNKNOWN) : error.message);
      if (error.asks === 'reason') return askWhy(true);
    } finally {
      isSending = false;
      reachable(isReachable);
    }
    box.focus();
  }

  /* In quiet hours a text goes out when its writer says why it cannot wait. */
  function askWhy(isAsked) {
    one('[data-reason]').hidden = !isAsked;
    if (isAsked) form.reason.focus();
    else form.reason.value = '';
  }

  function reachable(now) {
    isReachable = now;
    if (now && !isSending) send.removeAttribute('aria-disabled');
    else send.setAttribute('aria-disabled', 'true');
  }

  /* The conversation as it stands: a box, or the sentence that replaces it; typed words stay in the draft. */
  function standing(now) {
    const words = now.blocked ?? (mayReply ? '' : _('Your role can read texts, not send them.'));
    say(one('[data-blocked]'), words);
    form.hidden = Boolean(words);
  }

  async function offerTemplates() {
    if (!me.scopes.includes('message-templates:read')) return;
    const { content } = await ask('GET', `/message-templates?candidate_id=${candidate.id}`).catch(() => ({ content: { data: [] } }));
    const place = one('[data-templates]');
    if (!place || !content.data.length) return;
    const choice = place.querySelector('select');
    for (const template of content.data) choice.append(Object.assign(element('option', '', template.name), { value: template.text }));
    choice.addEventListener('change', () => {
      if (choice.value) write(box.value.trim() ? `${box.value.trimEnd()} ${choice.value}` : choice.value);
      choice.value = '';
    });
    place.hidden = false;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener('input', changed);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  box.placeholder = _('Text to %s', candidate.name.split(' ')[0]);
  drafts.get(key).then(({ [key]: draft }) => draft && !box.value && ((box.value = draft), count()));
  count();
  box.focus();
  offerTemplates();
  return { standing, reachable };
}
