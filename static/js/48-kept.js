/* What this browser keeps: drafts, and texts that were sent but not answered. A full or closed store costs only the reload. */
(() => {
  'use strict';
  const memory = new Map();

  inbox.kept = {
    read(name) {
      if (memory.has(name)) return memory.get(name);
      try {
        return localStorage.getItem(name);
      } catch {
        return null;
      }
    },
    write(name, value) {
      memory.delete(name);
      try {
        if (value) localStorage.setItem(name, value);
        else localStorage.removeItem(name);
      } catch {
        memory.set(name, value);
      }
    },
  };

  const name = (conv) => `outbox:${inbox.user()}:${conv}`;
  const others = (text) => inbox.outbox.of(text.conv).filter(({ id }) => id !== text.id);
  const save = (conv, texts) => inbox.kept.write(name(conv), texts.length ? JSON.stringify(texts) : '');

  inbox.outbox = {
    of: (conv) => JSON.parse(inbox.kept.read(name(conv)) || '[]'),
    keep: (text) => save(text.conv, [...others(text), text]),
    forget: (text) => save(text.conv, others(text)),
  };
})();
