/* From pane to pane, and from day to day in the thread: what `F6`, `[` and `]` do. */
(() => {
  'use strict';
  const { byId, box } = inbox;
  const NEAR = 4;

  const inList = (row) => document.querySelector(`#conv-list ${row}`);

  /* In the order of the screen: a pane, and what of it takes the focus. The composer stands within the thread. */
  const panes = () =>
    [
      [byId('convs'), () => inList('[aria-current]') ?? inList('.conv__link') ?? byId('q')],
      [byId('thread'), () => byId('thread-scroll') ?? byId('thread')],
      [byId('composer'), () => box() ?? byId('composer')],
      [byId('preview'), () => byId('preview')],
    ].filter(([pane]) => pane?.checkVisibility());

  /* Whether there was another pane to go to. */
  inbox.stepPane = (by) => {
    const shown = panes();
    if (shown.length < 2) return false;
    const here = shown.findLastIndex(([pane]) => pane.contains(document.activeElement));
    const to = here < 0 && by < 0 ? shown.length - 1 : (here + by + shown.length) % shown.length;
    shown[to][1]().focus();
    return true;
  };

  const top = (element) => element.getBoundingClientRect().top;

  /* The day that is read begins at the upper edge; near the end it cannot, so the one with the focus counts first. */
  function dayFrom(days, by) {
    const here = days.indexOf(document.activeElement);
    if (here >= 0) return days[here + by];
    const edge = Math.max(top(byId('thread-scroll')), 0);
    return by < 0 ? days.findLast((day) => top(day) < edge - NEAR) : days.find((day) => top(day) > edge + NEAR);
  }

  inbox.stepDay = (by) => {
    if (!inbox.thread()) return;
    const day = dayFrom([...byId('thread-scroll').querySelectorAll('.day')], by);
    if (day) {
      day.tabIndex = -1;
      day.scrollIntoView({ block: 'start' });
      inbox.tell('reached'); // who has left the end is not taken back to it
      day.focus({ preventScroll: true });
    } else if (by < 0) {
      inbox.scroller().scrollTop = 0; // where earlier ones come in
    } else {
      inbox.toLatest();
    }
  };
})();
