/* A menu closes when one looks elsewhere. */
(() => {
  'use strict';
  const shut = (isIn) => {
    for (const menu of document.querySelectorAll('.menu[open]')) if (!isIn(menu)) menu.open = false;
  };

  document.addEventListener('click', ({ target }) => shut((menu) => menu.contains(target) && !target.closest('.menu__item')));
  document.addEventListener('focusin', ({ target }) => shut((menu) => menu.contains(target)));
  document.addEventListener('keydown', ({ key }) => {
    const menu = key === 'Escape' && document.querySelector('.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
})();
