/* Views are templates of popup.html; what people wrote only ever goes in as text. */

import { translate } from './words.js';

export const byId = (id) => document.getElementById(id);

/* Put a view in place; the answer finds things in it. */
export function show(name) {
  const view = byId('view');
  const copy = byId(`view-${name}`).content.cloneNode(true);
  translate(copy);
  view.replaceChildren(copy);
  return { one: (selector) => view.querySelector(selector), form: view.querySelector('form') };
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function icon(name) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  made.classList.add('icon');
  made.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  made.append(use);
  return made;
}

/* Say something in a place, or nothing. */
export function say(place, words) {
  if (!place) return;
  place.hidden = !words;
  place.textContent = words ?? '';
}

/* Who the window is about. */
export function head(title, sub = '', address = '') {
  byId('title').textContent = title;
  byId('sub').textContent = sub;
  byId('open').hidden = !address;
  if (address) byId('open').href = address;
}

/* Sentences beside the fields that they are about; what belongs to none goes to the notice. */
export function complain(form, error) {
  const left = [];
  let first = null;
  for (const place of form.querySelectorAll('.field__error')) say(place, '');
  for (const input of form.elements) input.removeAttribute?.('aria-invalid');
  for (const [name, sentence] of Object.entries(error.fields ?? {})) {
    const input = form.elements.namedItem(name);
    const place = form.querySelector(`#${CSS.escape(name)}-error`);
    if (!place) {
      left.push(sentence);
      continue;
    }
    say(place, sentence);
    input?.setAttribute('aria-invalid', 'true');
    input?.setAttribute('aria-describedby', place.id);
    first ??= input;
  }
  const none = !Object.keys(error.fields ?? {}).length;
  say(form.querySelector('[data-notice]'), none ? error.message : left.join(' '));
  (first ?? form.querySelector('[data-notice]'))?.focus?.();
}
