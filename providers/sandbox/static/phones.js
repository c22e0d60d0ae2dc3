// Keeps the phones page up to date: a burst of changes fetches the page again and takes over what differs.

const scroll = document.getElementById("scroll");
let refreshing = false;
let stale = false;

function isAtEnd() {
  return scroll !== null && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
}

export function toEnd() {
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
}

// What is already shown keeps its place; only what is new or different is touched, so focus and reading stay.
function update(list, fresh) {
  const kept = new Set(Array.from(fresh.children, (item) => item.id));
  for (const item of Array.from(list.children)) {
    if (!kept.has(item.id)) item.remove();
  }
  let before = null;
  for (const item of Array.from(fresh.children)) {
    const shown = document.getElementById(item.id);
    if (shown === null) {
      list.insertBefore(item, before === null ? list.firstChild : before.nextSibling);
    } else if (!shown.isEqualNode(item)) {
      const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
      shown.replaceWith(item);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    before = document.getElementById(item.id);
  }
}

export async function refresh() {
  stale = refreshing;
  if (refreshing) return;
  refreshing = true;
  try {
    const response = await fetch(location.href);
    if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } finally {
    refreshing = false;
  }
  if (stale) refresh();
}

function show(fresh) {
  const follow = isAtEnd();
  for (const list of document.querySelectorAll("[data-live]")) update(list, fresh.getElementById(list.id));
  document.title = fresh.title;
  if (follow) toEnd();
}

const live = document.getElementById("live");
const events = new EventSource("/sandbox/phones/events");
let lost;
events.onmessage = () => {
  clearTimeout(lost);
  live.textContent = "Live";
  refresh();
};
// The stream ends every half minute and comes back by itself; only a real outage is worth a word.
events.onerror = () => {
  clearTimeout(lost);
  lost = setTimeout(() => { live.textContent = "Connection lost. Trying again…"; }, 3000);
};
toEnd();
