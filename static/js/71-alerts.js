/* A sound and a desktop notification for a new text or a notification, where somebody asked for it: once for all tabs, and only when no
 * tab of this browser is looked at. */
(() => {
  'use strict';
  const { byId } = inbox;
  const PATIENCE = 2700; // somebody may be reading it by then
  const ANSWER = 300; // from a tab that is looked at
  const FRESH = 60_000; // what comes after an absence is no news
  const setting = () => `alerts:${inbox.user()}`;
  const settings = () => JSON.parse(inbox.kept.read(setting()) || '{}');
  const waiting = new Set(); // conversations and notifications
  let isRinger = false;
  let lookedAt = 0;

  /* One tab of all has the lock; when it closes another one gets it. */
  if (inbox.user()) {
    navigator.locks?.request(`alerts:${inbox.user()}`, () => {
      isRinger = true;
      return new Promise(() => {});
    });
  }

  const line = new BroadcastChannel('inbox-alerts');
  line.addEventListener('message', ({ data }) => {
    if (data === 'looked-at') lookedAt = Date.now();
    if (data === 'is-anybody-there' && document.hasFocus()) line.postMessage('looked-at');
  });

  let sounds = null;
  function ring() {
    sounds ??= new AudioContext();
    const now = sounds.currentTime;
    for (const [place, pitch] of [660, 880].entries()) {
      const tone = new OscillatorNode(sounds, { frequency: pitch });
      const volume = new GainNode(sounds, { gain: 0 });
      volume.gain.setValueAtTime(0.12, now + place * 0.14);
      volume.gain.exponentialRampToValueAtTime(0.001, now + place * 0.14 + 0.2);
      tone.connect(volume).connect(sounds.destination);
      tone.start(now + place * 0.14);
      tone.stop(now + place * 0.14 + 0.22);
    }
  }

  /* Of a candidate's text, or of what a colleague wants of us. */
  function notify({ news, name, title, address, text }, withWords) {
    const note = new Notification(title ?? inbox.words('new-text', { name }), { body: withWords ? text : '', tag: `conversation-${news}` });
    note.addEventListener('click', () => {
      window.focus();
      location.assign(address ?? `/inbox/c/${news}`);
      note.close();
    });
  }

  const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds));

  async function call(text) {
    waiting.add(text.news);
    await pause(PATIENCE);
    const asked = Date.now();
    line.postMessage('is-anybody-there');
    await pause(ANSWER);
    waiting.delete(text.news);
    const { sound, desktop, words } = settings();
    if (document.hasFocus() || lookedAt >= asked) return;
    if (sound) ring();
    if (desktop && Notification.permission === 'granted') notify(text, words);
  }

  inbox.hear('counts', (content) => {
    if (!isRinger) return;
    for (const { dataset } of content.querySelectorAll('[data-news]')) {
      if (Date.now() - Date.parse(dataset.at) < FRESH && !waiting.has(dataset.news)) call({ ...dataset });
    }
  });

  const isBlocked = () => !('Notification' in window) || Notification.permission === 'denied';
  function show() {
    const kept = settings();
    for (const box of document.querySelectorAll('[data-alert]')) box.checked = Boolean(kept[box.dataset.alert]);
    const desktop = document.querySelector('[data-alert="desktop"]');
    desktop.checked &&= !isBlocked() && Notification.permission === 'granted';
    document.querySelector('[data-alert="words"]').disabled = !desktop.checked;
    document.querySelector('[data-alerts-blocked]').hidden = !isBlocked();
  }

  document.addEventListener('change', async ({ target }) => {
    const { alert } = target.dataset;
    if (!alert) return;
    if (alert === 'desktop' && target.checked && !isBlocked()) await Notification.requestPermission();
    inbox.kept.write(setting(), JSON.stringify({ ...settings(), [alert]: target.checked }));
    if (alert === 'sound' && target.checked) ring(); // browsers let a page sound that was heard by a press once
    show();
  });
  document.addEventListener('click', ({ target }) => {
    if (!target.closest('[data-shows-alerts]')) return;
    show();
    byId('alerts').showModal();
    byId('alerts-name').focus();
  });
})();
