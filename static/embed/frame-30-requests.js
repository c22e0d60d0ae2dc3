/* The thread's requests, which in the inbox go with a cookie: here they go below /embed, with the session in a header. */
(() => {
  'use strict';
  const { byId } = inbox;
  const { home } = document.body.dataset;
  const plain = window.fetch;

  const ours = (path) => path.replace(/^\/inbox\/c\//, '/embed/c/');
  const bearing = (path, options = {}) =>
    plain(ours(path), { ...options, credentials: 'omit', headers: { ...options.headers, Authorization: inbox.bearer() } });
  window.fetch = (path, options) => (`${path}`.startsWith('/inbox/c/') ? bearing(path, options) : plain(path, options));

  document.addEventListener('htmx:confirm', (event) => {
    if (inbox.isLetIn()) return;
    event.preventDefault();
    inbox.whenLetIn().then(() => event.detail.issueRequest(true));
  });
  document.addEventListener('htmx:configRequest', ({ detail }) => {
    detail.path = ours(detail.path);
    detail.headers.Authorization = inbox.bearer();
  });
  document.addEventListener('htmx:responseError', ({ detail }) => {
    if (detail.xhr.status === 401) inbox.letInAgain();
  });
  /* Where the inbox would go on to another page the thread is shown as it stands now. */
  document.addEventListener('htmx:beforeOnLoad', (event) => {
    if (!event.detail.xhr.getResponseHeader('HX-Redirect')) return;
    event.preventDefault();
    inbox.load();
  });

  /* Forms that the inbox answers with a page. */
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post' || form.hasAttribute('hx-post')) return;
    event.preventDefault();
    if (!inbox.isLetIn()) await inbox.whenLetIn();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const path = form.getAttribute('action');
    const answer = await bearing(path, { method: 'POST', body, redirect: 'manual', headers: { Accept: 'application/json' } }).catch(() => null);
    if (answer?.ok || answer?.type === 'opaqueredirect') return inbox.load();
    const told = await answer?.json().catch(() => null);
    if (byId('composer-notice')) inbox.notice(told?.detail ?? inbox.words('not-through'));
    else byId('embed-notice').textContent = told?.detail ?? inbox.words('not-through');
  });

  /* Pictures, which take no header either. */
  const drawn = new Map();
  const isKept = (address) => new URL(address, location.href).pathname.startsWith('/inbox/c/');
  const blob = async (path) => {
    const answer = await bearing(path);
    if (!answer.ok) throw new Error(answer.statusText);
    return URL.createObjectURL(await answer.blob());
  };
  inbox.draw = (image, address) => {
    const { pathname } = new URL(address, location.href);
    if (!drawn.has(pathname)) drawn.set(pathname, blob(pathname));
    drawn.get(pathname).then(
      (src) => Object.assign(image, { src }),
      () => drawn.delete(pathname),
    );
    return image;
  };

  /* What comes over htmx names its pictures elsewhere before it is shown: the browser would ask for them at once, and in vain. */
  htmx.defineExtension('embed', { transformResponse: (text) => text.replaceAll(' src="/inbox/c/', ' data-src="/inbox/c/') });

  /* Links lead to the inbox, in a tab of its own; those that scripts or htmx follow stay as they are. */
  const OWN = '[hx-get], [data-edits-text], [data-stops-editing], .msg__file';
  function mend(node) {
    if (node.matches('img[src]') && !node.getAttribute('src').startsWith('blob:') && isKept(node.getAttribute('src'))) {
      node.dataset.src = node.getAttribute('src');
      node.removeAttribute('src');
    } else if (node.matches('img[data-src]:not([src])')) {
      inbox.draw(node, node.dataset.src);
    }
    if (node.matches('a[href^="/"]') && !node.matches(OWN)) {
      Object.assign(node, { href: home + node.getAttribute('href'), target: '_blank', rel: 'noopener' });
    }
  }
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'attributes') mend(target);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        mend(node);
        for (const part of node.querySelectorAll('img, a[href^="/"]')) mend(part);
      }
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['src', 'data-src', 'href'] });
  inbox.go = (address) => window.open(home + address, '_blank', 'noopener');

  document.addEventListener('click', async (event) => {
    const link = event.target.closest('.msg__file');
    if (!link) return;
    event.preventDefault();
    const href = await blob(link.getAttribute('href')).catch(() => null);
    if (href) Object.assign(document.createElement('a'), { href, download: link.download }).click();
    else inbox.notice(inbox.words('unopened'));
  });
})();
