/* What the writer had seen at the first letter is what the words answer to. */
(() => {
  'use strict';
  document.addEventListener('input', ({ target }) => {
    if (target !== inbox.box()) return;
    const { dataset } = inbox.byId('composer');
    if (target.value) dataset.seen ??= inbox.thread().dataset.seen;
    else delete dataset.seen;
  });
})();
