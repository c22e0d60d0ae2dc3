/* What a page shows of its list, its thread, its counts, its composer and its title, without what may differ by design. */
() => {
  const OWN_CLASSES = ['conv--arrived', 'conv--draft', 'conv--out'];
  const LEFT_OUT = '.conv__note, .conv__draft, .newmark';

  function describe(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent.replace(/\s+/g, ' ').trim();
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return '';
    const attributes = [...node.attributes]
      .map(({ name, value }) => [name, value])
      .filter(([name]) => !(name === 'value' && ['csrf', 'seen'].includes(node.name)))
      .filter(([name]) => !(['data-at', 'data-seconds'].includes(name) && node.matches('.conv__flag--waits'))) // counted on from when it was rendered
      .map(([name, value]) => (name === 'class' ? [name, classes(value)] : [name, value]))
      .filter(([name, value]) => name !== 'class' || value)
      .map(([name, value]) => `${name}=${value}`)
      .sort();
    const inside = [...node.childNodes].map(describe).filter(Boolean).join(' ');
    return `<${[node.localName, ...attributes].join(' ')}>${inside}`;
  }
  const classes = (value) =>
    value
      .split(/\s+/)
      .filter((one) => one && !OWN_CLASSES.includes(one) && !one.startsWith('htmx-'))
      .sort()
      .join(' ');
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => describe(document.querySelector(selector) ?? document.createTextNode(''));

  if (inbox.list() && inbox.waitingRows()) inbox.flushList();

  let day = '';
  const messages = [];
  for (const node of all('#thread-scroll .day, #thread-scroll .msg, #thread-scroll .event')) {
    if (node.matches('.day')) day = node.innerText.trim();
    else messages.push(`${day}: ${describe(node)}`);
  }
  const ids = all('#conv-list [id], #thread-scroll [id]').map(({ id }) => id);
  return {
    title: document.title,
    counts: all('[data-count]').map(({ dataset, textContent }) => `${dataset.count} ${textContent.trim()}`),
    rows: all('#conv-list > .conv:not(.conv--out)').map(describe),
    more: Boolean(document.querySelector('#convs-more')),
    empty: one('#convs-empty'),
    head: one('.thread__head'),
    conversation: inbox.conversation(),
    messages,
    earlier: Boolean(document.querySelector('#older')),
    noTexts: one('#thread-empty'),
    state: document.querySelector('#composer')?.dataset.state ?? '',
    blocked: one('.composer--blocked p'),
    draft: document.querySelector('#body')?.value ?? '',
    segments: document.querySelector('[data-segments]')?.textContent ?? '',
    double: ids.filter((id, number) => ids.indexOf(id) !== number),
  };
}
