/* Who else has the conversation open, and who is writing: said every few seconds by each page that somebody looks at. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const AGAIN = 10_000;
  const WRITING = 5000; // after the last key
  const SOON = 2000;
  const people = new Map(); // by conversation: who is there, as the server said last
  let typed = 0;
  let said = 0;
  let wasWriting = false;

  const others = (conv) => (people.get(conv) ?? []).filter(({ id }) => id !== inbox.user());
  const tongue = () => (document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang); // no comma before “and”
  const both = (names) => new Intl.ListFormat(tongue()).format(names);
  const first = (name) => name.split(' ')[0];

  function sentence(there) {
    const writing = there.filter((person) => person.writing);
    const said = (id, people) => inbox.words(id, { names: both(people.map(({ name }) => name)), number: people.length });
    if (writing.length) return said('writing', writing);
    return there.length ? said('here', there) : '';
  }

  function showInThread() {
    const place = byId('thread-presence');
    const words = sentence(others(inbox.conversation()));
    if (place && place.textContent !== words) place.textContent = words;
  }

  function showInList() {
    for (const row of document.querySelectorAll('#conv-list .conv')) {
      const there = others(row.id.slice(5));
      const words = there.length ? inbox.words('here-in-list', { names: both(there.map(({ name }) => first(name))), number: there.length }) : '';
      const place = row.querySelector('.conv__here');
      if ((place?.textContent ?? '') === words) continue;
      place?.remove();
      if (words) row.querySelector('.conv__text').after(Object.assign(document.createElement('span'), { className: 'conv__here', textContent: words }));
    }
  }

  document.addEventListener('htmx:wsBeforeMessage', ({ detail }) => {
    if (!detail.message.startsWith('{"t":"presence"')) return;
    const { c, who } = JSON.parse(detail.message);
    if (who.length) people.set(c, who);
    else people.delete(c);
    showInThread();
    showInList();
  });

  const isWriting = () => Date.now() - typed < WRITING;
  function say() {
    if (document.hidden || !inbox.conversation()) return;
    wasWriting = isWriting();
    if (inbox.say({ t: 'here', writing: wasWriting })) said = Date.now();
  }
  function look() {
    if (Date.now() - said > AGAIN || wasWriting !== isWriting()) say();
  }
  setInterval(look, 1000);

  document.addEventListener('input', ({ target }) => {
    if (target !== box()) return;
    typed = target.value ? Date.now() : 0;
    if (!wasWriting || Date.now() - said > SOON) say();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) inbox.say({ t: 'gone' });
    else say();
  });

  /* The server lets somebody be only where the socket watches, so this comes after it was told. */
  const arrive = () => {
    typed = 0;
    said = 0;
    queueMicrotask(() => setTimeout(look));
    showInThread();
  };
  inbox.hear('thread', arrive);
  inbox.hear('build', () => {
    people.clear();
    inbox.say({ t: 'who' });
    arrive();
  });
  for (const event of ['list', 'rows', 'thread']) inbox.hear(event, showInList);
})();
