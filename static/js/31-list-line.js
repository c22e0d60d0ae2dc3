/* The line above the rows: how many there are, and how many updates wait for a free hand. */
(() => {
  'use strict';
  const { byId } = inbox;

  inbox.hear('rows', () => {
    const number = inbox.list().querySelectorAll('.conv').length;
    const total = byId('convs-total');
    total.textContent = byId('convs-more') ? total.dataset.first.replace('{number}', number) : inbox.words('conversations', { number });
    const waiting = inbox.waitingRows();
    byId('convs-updates').hidden = !waiting;
    byId('convs-updates').textContent = inbox.words('updates', { number: waiting });
    if (number) byId('convs-empty')?.remove();
    else if (!byId('convs-empty')) inbox.refreshList(); // the server knows what an empty list has to say
  });
})();
