/* The order of rows: by the key the server gave them, the greatest on top. */
(() => {
  'use strict';
  const { byId } = inbox;
  const rows = () => [...inbox.list().querySelectorAll('.conv')];

  inbox.order = {
    /* Whether a row with this key may stay between its neighbours. */
    fits: ({ previousElementSibling: above, nextElementSibling: below }, key) =>
      (!above || above.dataset.key > key) && !(below?.dataset.key > key),

    isBelowThisPage: (row) => byId('convs-more') && row.dataset.key < rows().at(-1)?.dataset.key,

    /* moveBefore keeps the focus, which insertBefore would drop. */
    arrange() {
      const list = inbox.list();
      const wanted = rows().sort((a, b) => (a.dataset.key < b.dataset.key ? 1 : -1));
      wanted.forEach((row, number) => {
        const there = list.children[number];
        if (row === there) return;
        if (list.moveBefore) list.moveBefore(row, there);
        else list.insertBefore(row, there);
      });
    },
  };
})();
