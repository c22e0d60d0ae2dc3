/* The product's API. Tokens live in the extension's storage, which no page can read, and travel in a header only. */

import { _ } from './words.js';

export class Offline extends Error {}

/* Not connected, or not any more; the message is a sentence for the reader, "" when there is nothing to explain. */
export class SignedOut extends Error {}

/* The server said no, with a sentence, and one for each field that it cannot take. */
export class Refused extends Error {
  constructor(status, problem) {
    super(_(problem?.detail ?? 'This did not work. Try again.'));
    this.status = status;
    this.fields = Object.fromEntries(Object.entries(problem?.fields ?? {}).map(([name, sentence]) => [name, _(sentence)]));
    this.seen = problem?.seen ?? null;
    this.asks = problem?.asks ?? null;
  }
}

const OVER = 'This Sourcing Companion was disconnected. Connect it again.';
const TIMEOUT = 15_000;
const { local, session } = chrome.storage;

/* Scripts that run in pages see neither; `session` is never written to the disk. */
for (const area of [local, session]) area.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' });

/* Where to, and why it ended, as a sentence, "" while it holds and before there was one. */
export async function connection() {
  const { server = '', refresh = '', ended = '' } = await local.get(['server', 'refresh', 'ended']);
  return { server, isConnected: Boolean(refresh), ended };
}

/* Connect by a code. Throws Refused, Offline. */
export async function connect(server, code) {
  const granted = await asked(server, 'POST', '/companion/connect', { body: { code, name: browserName() } });
  await local.set({ server });
  await keep(granted.content);
}

/* End the connection here and, if it can be reached, there. */
export async function disconnect() {
  await ask('DELETE', '/companion').catch(() => null);
  await forget('');
  await session.clear();
}

/*
 * Ask for something: its content, and the mark that saves asking for the same again; null content when nothing changed.
 * Throws Refused, SignedOut, Offline.
 */
export async function ask(method, path, options = {}) {
  const { server, isConnected, ended } = await connection();
  if (!isConnected) throw new SignedOut(_(ended));
  const { access } = await session.get('access');
  const token = access ?? (await renewed(server, null));
  try {
    return await asked(server, method, path, { ...options, token });
  } catch (error) {
    if (error.status !== 401) throw error;
    return asked(server, method, path, { ...options, token: await renewed(server, token) });
  }
}

/* The next access token. Several windows may ask at once: one refreshes, the others find what it got. */
function renewed(server, stale) {
  return navigator.locks.request('tokens', async () => {
    const { access } = await session.get('access');
    if (access && access !== stale) return access;
    const { refresh, ended = '' } = await local.get(['refresh', 'ended']);
    if (!refresh) throw new SignedOut(_(ended));
    try {
      const granted = await asked(server, 'POST', '/companion/refresh', { body: { refresh_token: refresh } });
      await keep(granted.content);
      return granted.content.access_token;
    } catch (error) {
      if (error.status !== 401) throw error;
      await forget(OVER);
      throw new SignedOut(_(OVER));
    }
  });
}

async function keep(granted) {
  await local.set({ refresh: granted.refresh_token, ended: '' });
  await session.set({ access: granted.access_token });
}

async function forget(why) {
  await local.set({ ended: why });
  await local.remove('refresh');
  await session.remove('access');
}

async function asked(server, method, path, { body, token, mark, key } = {}) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers['Content-Type'] = 'application/json';
  if (mark) headers['If-None-Match'] = mark;
  if (key) headers['Idempotency-Key'] = key;
  let answer;
  let content = null;
  try {
    answer = await fetch(`${server}/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.status !== 204 && answer.status !== 304) content = await answer.json();
  } catch {
    throw new Offline();
  }
  if (answer.status === 502 || answer.status === 503 || answer.status === 504) throw new Offline();
  if (!answer.ok && answer.status !== 304) throw new Refused(answer.status, content);
  return { content, mark: answer.headers.get('ETag') };
}

function browserName() {
  const told = navigator.userAgentData;
  const brand = told?.brands.map(({ brand }) => brand).find((name) => /Chrome|Edge|Brave|Opera/.test(name)) ?? 'Chromium';
  return `${brand.replace('Google ', '')} on ${told?.platform || 'this computer'}`;
}
