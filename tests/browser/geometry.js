/* What looks wrong though its markup is right: every sentence is a fault, in whatever size the window has now. */
() => {
  const faults = [];
  const root = document.querySelector('dialog[open], .menu[open] .menu__panel, :popover-open') ?? document.body;
  const style = (element) => getComputedStyle(element);
  const box = (element) => element.getBoundingClientRect();
  const isHidden = (element) => element.closest('.vh, .skip, [hidden], noscript') || !element.checkVisibility({ visibilityProperty: true });
  const isShown = (element) => box(element).width > 0 && box(element).height > 0 && !isHidden(element);
  const above = (element) => (element.parentElement ? [element.parentElement, ...above(element.parentElement)] : []);
  const name = (element) => `${element.tagName.toLowerCase()}${element.id && `#${element.id}`}.${element.classList} “${element.textContent.trim().slice(0, 20)}”`;
  const pixels = (number) => `${Math.round(number)} px`;
  const all = (selector) => [...root.querySelectorAll(selector)].filter(isShown);

  if (document.scrollingElement.scrollWidth > innerWidth) faults.push(`the page is ${pixels(document.scrollingElement.scrollWidth)} wide`);

  /* Cut off at the side, where nothing scrolls to it and no ellipsis says so. */
  const mayBeCut = (element) =>
    [element, ...above(element)].some((one) => ['auto', 'scroll'].includes(style(one).overflowX) || style(one).textOverflow === 'ellipsis');
  for (const element of all('*')) {
    if (box(element).right > innerWidth + 1 || box(element).left < -1) {
      if (!above(element).some((one) => one.matches('svg'))) if (!mayBeCut(element.parentElement)) faults.push(`beyond the window: ${name(element)}`);
    }
  }

  /* Words wider than what holds them. */
  for (const element of all('a, button, .badge, .chip, .banner, th, td, h1, h2, p, dd, label, summary')) {
    if (style(element).display === 'inline' || style(element).overflowX !== 'visible') continue;
    if (element.scrollWidth > element.clientWidth + 1) faults.push(`words stick out by ${pixels(element.scrollWidth - element.clientWidth)}: ${name(element)}`);
  }

  const panes = [...document.querySelectorAll('.inbox > :not(.vh)')].filter(isShown);
  if (panes.length && innerWidth < 864 && panes.length !== 1) faults.push(`${panes.length} panes`);

  const messages = root.querySelector('#thread-scroll');
  if (messages && isShown(messages) && messages.clientHeight < innerHeight / 4) faults.push(`only ${pixels(messages.clientHeight)} for messages`);

  /* Links within a sentence are exempt (WCAG 2.5.8), a box within its label is as large as the label. */
  const targets = all('a[href], button, select, textarea, summary, input:not([type="checkbox"], [type="hidden"]), label:has(input)');
  for (const target of targets) {
    if (style(target).display === 'inline') continue;
    const { width, height } = box(target);
    if (width < 24 || height < 24) faults.push(`a target of ${pixels(width)} by ${pixels(height)}: ${name(target)}`);
  }

  /* Something else lies over it, wherever it has to be scrolled to. */
  /* Whole pixels: elementFromPoint rounds, and the last half of a pixel would be outside of the window. */
  const middle = (element) => {
    const { left, top, width, height } = box(element);
    return [Math.floor(left + width / 2), Math.floor(top + height / 2)];
  };
  const isInSight = (element) => {
    const [x, y] = middle(element);
    return (
      x > 0 && y > 0 && x < innerWidth && y < innerHeight &&
      above(element).every((one) => {
        const { left, top, right, bottom } = box(one);
        return style(one).overflow === 'visible' || (x > left && x < right && y > top && y < bottom);
      })
    );
  };
  const places = new Map();
  for (const target of targets) {
    if (!isInSight(target)) {
      for (const one of above(target)) if (!places.has(one)) places.set(one, [one.scrollLeft, one.scrollTop]);
      target.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    }
    const there = document.elementFromPoint(...middle(target));
    if (!there) faults.push(`cannot be brought into sight: ${name(target)}`);
    else if (!target.contains(there) && !there.contains(target)) faults.push(`${name(there)} lies over ${name(target)}`);
  }
  for (const [one, [left, top]] of places) one.scrollTo({ left, top, behavior: 'instant' });
  return faults;
};
