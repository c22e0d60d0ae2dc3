/* Many candidates at once, and names that are suggested while one is typed. */
(() => {
  'use strict';
  const { byId } = inbox;
  const boxes = () => [...document.querySelectorAll('[name="chosen"]')];

  function count() {
    const words = document.querySelector('[data-chosen-count]');
    if (!words) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    words.textContent = ticked ? inbox.words('chosen', { number: ticked }) : '';
    const box = document.querySelector('[data-chooses-all]');
    box.checked = ticked > 0 && ticked === all.length;
    box.indeterminate = ticked > 0 && ticked < all.length;
  }

  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-chooses-all]')) for (const box of boxes()) box.checked = target.checked;
    if (target.matches('[data-chooses-all], [name="chosen"]')) count();
  });
  document.addEventListener('htmx:afterSwap', count);
  addEventListener('pageshow', count);

  /* What is not asked for does not stand in the address. */
  document.addEventListener('htmx:configRequest', ({ target, detail }) => {
    if (!target.matches('#choice')) return;
    for (const [name, value] of Object.entries(detail.parameters)) if (!value.trim()) delete detail.parameters[name];
  });

  /* One list of names for every field that has some, filled for the one that is being typed in. */
  document.addEventListener('focusin', ({ target }) => {
    if (!target.matches('[data-suggests]')) return;
    const kind = target.dataset.suggests || target.form.elements.kind.value;
    byId('suggestions').replaceChildren();
    const suggested = htmx.ajax('GET', `/candidates/suggestions?kind=${kind}`, { target: '#suggestions', swap: 'innerHTML' });
    suggested.catch(() => {}); // any name can be typed without them
  });
})();
