/* What a text costs: GSM 03.38 as Twilio's own calculator applies it. The same rules as providers/segments.py. */
(() => {
  'use strict';
  const BASIC =
    '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
  const EXTENSION = '\f^{}\\[~]|€'; // two septets each
  const septets = new Map([...[...BASIC].map((one) => [one, 1]), ...[...EXTENSION].map((one) => [one, 2])]);
  const ROOM = { 'GSM-7': { single: 160, joined: 153 }, 'UCS-2': { single: 70, joined: 67 } };

  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const characters = (text) =>
    Array.from(graphemes.segment(text), ({ segment }) => segment).flatMap((one) => (one === '\r\n' ? ['\r', '\n'] : [one]));

  /* What a reader sees as one character goes whole into the next segment, unless no segment can hold it. */
  function fill(sizes, room) {
    let segments = 1;
    let used = 0;
    for (const size of sizes) {
      if (used + size <= room) {
        used += size;
      } else if (size <= room) {
        segments += 1;
        used = size;
      } else {
        const over = size - (room - used);
        segments += Math.ceil(over / room);
        used = ((over - 1) % room) + 1;
      }
    }
    return segments;
  }

  /* `units` septets or UTF-16 units of the `limit` that fit in `segments`; `odd` is the first character outside of GSM-7. */
  inbox.measure = (text) => {
    const all = characters(text);
    const odd = all.find((one) => !septets.has(one)) ?? null;
    const encoding = odd === null ? 'GSM-7' : 'UCS-2';
    const sizes = all.map((one) => (odd === null ? septets.get(one) : one.length));
    const units = sizes.reduce((sum, size) => sum + size, 0);
    const { single, joined } = ROOM[encoding];
    const segments = units <= single ? 1 : fill(sizes, joined);
    return { encoding, segments, units, limit: segments === 1 ? single : joined * segments, odd };
  };
})();
