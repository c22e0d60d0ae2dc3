/* The person of the page in front: read when the icon is clicked, never before, and only what the page shows. */

/* Runs in the page, in a world of its own, so it may use nothing from outside of itself. */
function look() {
  const text = (document.body?.innerText ?? '').slice(0, 200_000);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const some = (found, most) => [...new Set(found.map((one) => one.trim()).filter((one) => one && one.length <= 200))].slice(0, most);
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const linked = (scheme) => all(`a[href^="${scheme}:"]`).map((link) => decoded(link.href.slice(scheme.length + 1).split('?')[0]));

  const people = all('script[type="application/ld+json"]').flatMap((script) => {
    try {
      const told = [JSON.parse(script.textContent)].flat();
      return [...told, ...told.flatMap((one) => [one?.['@graph'] ?? [], one?.mainEntity])].flat().filter((one) => one?.['@type'] === 'Person');
    } catch {
      return [];
    }
  });
  const written = (name) => people.map((person) => person[name]).filter((one) => typeof one === 'string');
  const isName = (words) => words && words.length <= 80 && !/[\d@/:]/.test(words);
  const titles = [...written('name'), ...all('h1').map((one) => one.innerText), document.querySelector('meta[property="og:title"]')?.content ?? ''];
  const canonical = document.querySelector('link[rel="canonical"]')?.href ?? '';

  return {
    url: canonical.startsWith(`${location.origin}/`) ? canonical : location.href,
    name: titles.map((one) => one.replace(/\s+/g, ' ').trim()).find(isName) ?? null,
    numbers: some([...linked('tel'), ...written('telephone'), ...(text.match(/(?:\+|\b0)[\d][\d ().-]{6,16}\d\b/g) ?? [])], 8),
    emails: some([...linked('mailto'), ...written('email'), ...(text.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g) ?? [])], 8),
    code: document.querySelector('#companion-code')?.dataset.code ?? null,
    origin: location.origin,
  };
}

/* What the tab shows, null where pages may not be read: the browser's own, its store, files. */
export async function read(tabId) {
  try {
    const [{ result }] = await chrome.scripting.executeScript({ target: { tabId }, func: look });
    return result;
  } catch {
    return null;
  }
}

/* The tab that it is about: the one in front, or the one that the address of a kept window names. */
export async function tab() {
  const named = new URLSearchParams(location.search).get('tab');
  if (named) return { id: Number(named), isKept: true };
  const [front] = await chrome.tabs.query({ active: true, currentWindow: true });
  return { id: front?.id ?? -1, isKept: false };
}
