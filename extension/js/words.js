/* What the Companion says, in the language of its user; before it is connected in that of the browser. */

import { GERMAN } from './words-de.js';

const LANGUAGES = { de: GERMAN };
let words = LANGUAGES[navigator.language.slice(0, 2)] ?? {};

export function speak(language) {
  words = LANGUAGES[language] ?? {};
  document.documentElement.lang = LANGUAGES[language] ? language : 'en';
}

/* Whose days and hours are written: the browser's own where it speaks the same language. */
export function locale() {
  const { lang } = document.documentElement;
  return navigator.language.startsWith(lang) ? navigator.language : lang;
}

/* A sentence with each %s filled in, in their order. */
export function _(message, ...values) {
  return (words[message] ?? message).replace(/%s/g, () => values.shift());
}

/* The sentences that stand in a piece of popup.html. */
export function translate(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    if (words[text]) walker.currentNode.data = walker.currentNode.data.replace(text, words[text]);
  }
  for (const name of ['title', 'aria-label', 'placeholder']) {
    for (const one of root.querySelectorAll(`[${name}]`)) one.setAttribute(name, _(one.getAttribute(name)));
  }
}
