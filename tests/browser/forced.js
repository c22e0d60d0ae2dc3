/* What cannot be told from its surroundings where the system's colours are forced and every background is gone. */
() => {
  const faults = [];
  const style = (element) => getComputedStyle(element);
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.vh, .skip');
  const name = (element) => `${element.tagName.toLowerCase()}.${element.classList} “${element.textContent.trim().slice(0, 20)}”`;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(isShown);

  const hasEdge = (element) => {
    const { borderBlockEndStyle, borderBlockEndWidth, borderBlockEndColor, backgroundColor } = style(element);
    return borderBlockEndStyle !== 'none' && parseFloat(borderBlockEndWidth) >= 1 && borderBlockEndColor !== backgroundColor;
  };
  for (const element of all('.btn:not(.btn--quiet), .input, .chip, .badge, .count, .msg__bubble, select, textarea')) {
    if (element.textContent.trim() || element.matches('.input, select, textarea')) if (!hasEdge(element)) faults.push(`without an edge: ${name(element)}`);
  }

  /* What is chosen differs from the rest by more than a background. */
  const looks = (element) => {
    const { borderWidth, borderStyle, borderColor, outline, textDecorationLine, fontWeight } = style(element);
    return [borderWidth, borderStyle, borderColor, outline, textDecorationLine, fontWeight].join();
  };
  const withParts = (element) => [looks(element), ...[...element.children].slice(0, 3).map(looks)].join();
  for (const chosen of all('[aria-current], [aria-pressed="true"]')) {
    const kind = chosen.classList[0];
    const other = all(`.${kind}:not([aria-current], [aria-pressed="true"])`)[0];
    if (other && withParts(chosen) === withParts(other)) faults.push(`chosen, and looks like the others: ${name(chosen)}`);
  }
  return faults;
};
