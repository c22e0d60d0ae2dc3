/* Show what is in a password field. */
(() => {
  'use strict';
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-reveals]');
    if (!button) return;
    const field = document.getElementById(button.dataset.reveals);
    const isShown = field.type === 'text';
    field.type = isShown ? 'password' : 'text';
    button.setAttribute('aria-pressed', String(!isShown));
  });
})();
