/* <shared-inbox-thread token="…">: the thread with one candidate, in a page of another system. It makes a frame of ours, hands the
 * token over, and asks the page for the next one by an event. It loads nothing else, sets no cookie and reads nothing of the page. */
(() => {
  'use strict';
  const HOME = new URL(document.currentScript.src).origin;
  const PATIENCE = 10_000;
  const LEAST = 320;
  const MOST = 640;
  const WORDS = {
    en: {
      title: 'Texts with this candidate',
      token: 'The page gave no token that can be read. Whoever runs this page finds more in the documentation of embeds.',
      silent: 'The conversation could not be shown here. Either Shared Inbox cannot be reached, or this page is not among those that may show it: an admin lets it in under Settings, Embeds.',
    },
    de: {
      title: 'Texte mit dieser Person',
      token: 'Die Seite hat kein lesbares Token übergeben. Wer diese Seite betreibt, findet mehr in der Dokumentation der Einbettungen.',
      silent: 'Die Unterhaltung konnte hier nicht angezeigt werden. Entweder ist Shared Inbox nicht erreichbar, oder diese Seite darf sie nicht zeigen: Das erlaubt ein Admin unter Einstellungen, Einbettungen.',
    },
  };
  const MAY = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';

  const keyOf = (token) => {
    try {
      const { kid } = JSON.parse(atob(token.split('.')[0].replace(/-/g, '+').replace(/_/g, '/')));
      return typeof kid === 'string' ? kid : '';
    } catch {
      return '';
    }
  };

  class SharedInboxThread extends HTMLElement {
    static observedAttributes = ['token', 'theme', 'height', 'max-height'];
    #root = this.attachShadow({ mode: 'open' });
    #frame = null;
    #isOpen = false;
    #content = LEAST; // how tall the thread would like to be
    #timer = null;
    #hear = (event) => this.#heard(event);

    connectedCallback() {
      addEventListener('message', this.#hear);
      this.style.display ||= 'block';
      this.#show();
    }

    disconnectedCallback() {
      removeEventListener('message', this.#hear);
      clearTimeout(this.#timer);
      this.#frame?.remove();
      this.#frame = null;
      this.#isOpen = false;
    }

    attributeChangedCallback(name, before, now) {
      if (!this.isConnected || before === now) return;
      if (name === 'token') this.#show();
      else if (name === 'theme') this.#say({ sharedInbox: 'theme', theme: now ?? 'auto' });
      else this.#size();
    }

    #words(id) {
      const language = (this.closest('[lang]')?.lang || navigator.language).slice(0, 2).toLowerCase();
      return (WORDS[language] ?? WORDS.en)[id];
    }

    #show() {
      const token = this.getAttribute('token');
      if (!token) return;
      if (this.#frame) return this.#say({ sharedInbox: 'token', token });
      const key = keyOf(token);
      if (!key) return this.#tell('token');
      this.#open(key);
    }

    #open(key) {
      const frame = document.createElement('iframe');
      frame.src = `${HOME}/embed/thread?key=${encodeURIComponent(key)}`;
      frame.title = this.title || this.#words('title');
      frame.setAttribute('sandbox', MAY);
      frame.style.cssText = 'display:block;inline-size:100%;border:0;background:transparent';
      frame.addEventListener('load', () => {
        this.#isOpen = true;
        this.#say({ sharedInbox: 'theme', theme: this.getAttribute('theme') ?? 'auto' });
        this.#say({ sharedInbox: 'token', token: this.getAttribute('token') });
      });
      this.#root.replaceChildren(frame);
      this.#frame = frame;
      this.#size();
      this.#timer = setTimeout(() => this.#tell('silent'), PATIENCE);
    }

    /* To our own origin alone: a frame that was led elsewhere hears nothing. */
    #say(words) {
      if (this.#isOpen) this.#frame?.contentWindow?.postMessage(words, HOME);
    }

    #heard({ source, origin, data }) {
      if (!this.#frame || source !== this.#frame.contentWindow || origin !== HOME) return;
      if (data?.sharedInbox === 'here') clearTimeout(this.#timer);
      if (data?.sharedInbox === 'token-needed') this.#emit('shared-inbox-token-needed');
      if (data?.sharedInbox === 'state') this.#emit('shared-inbox-state', { state: String(data.state), why: String(data.why ?? '') });
      if (data?.sharedInbox === 'size' && Number.isFinite(data.height)) this.#size(data.height);
    }

    #emit(name, detail) {
      this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
    }

    /* "auto" grows with the thread up to max-height; anything else is a length of CSS. */
    #size(content = this.#content) {
      if (!this.#frame) return;
      this.#content = content;
      const wanted = this.getAttribute('height') ?? `${MOST}px`;
      if (wanted === 'auto') {
        const most = parseFloat(this.getAttribute('max-height') ?? '') || MOST;
        this.#frame.style.blockSize = `${Math.max(LEAST, Math.min(most, content))}px`;
      } else {
        this.#frame.style.blockSize = /^\d+$/.test(wanted) ? `${wanted}px` : wanted;
      }
    }

    #tell(id) {
      const words = document.createElement('p');
      words.setAttribute('role', 'status');
      words.style.cssText = 'margin:0;padding:1rem;border:1px solid;border-radius:0.375rem;font:1rem/1.5 system-ui,sans-serif';
      words.textContent = this.#words(id);
      this.#frame?.remove();
      this.#frame = null;
      this.#isOpen = false;
      this.#root.replaceChildren(words);
      this.#emit('shared-inbox-state', { state: 'refused', why: id });
    }
  }

  if (!customElements.get('shared-inbox-thread')) customElements.define('shared-inbox-thread', SharedInboxThread);
})();
