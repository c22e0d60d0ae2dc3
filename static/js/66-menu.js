/* A menu closes when one looks elsewhere. */
(() => {
  'use strict';
  const shut = (isIn) => {
    for (const menu of document.querySelectorAll('.menu[open]')) if (!isIn(menu)) menu.open = false;
  };

  /* A dialog opened from a menu gives the focus back to what is left of it. */
  const leave = ({ target }) => {
    const item = target.closest('.menu__item');
    item?.closest('.menu').querySelector('summary').focus();
    shut((menu) => menu.contains(target) && !item);
  };
  document.addEventListener('click', leave, true); // before the item opens its dialog
  /* Who presses a label in it focuses what is around the menu before the field. */
  document.addEventListener('focusin', ({ target }) => shut((menu) => menu.contains(target) || target.contains(menu)));
  document.addEventListener('keydown', ({ key }) => {
    const menu = key === 'Escape' && document.querySelector('.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
})();
