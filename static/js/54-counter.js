/* Beside the box: how much of how many segments is used, and which character makes them more than needed. */
(() => {
  'use strict';
  const { box } = inbox;
  const SIGNS = { ' ': 'wide-space', '\t': 'tab', '': 'invisible' };

  const segments = (number) => inbox.words('segments', { number });
  const quoted = (character) => {
    const sign = SIGNS[inbox.plain(character).trim() ? character : inbox.plain(character) && ' '];
    return sign ? inbox.words(sign) : `“${character}”`;
  };

  /* The same text in plain characters, or, where there are none, without the odd ones. */
  function cheaper(text) {
    const plain = inbox.plain(text);
    if (inbox.measure(plain).odd === null) return { plain, ...inbox.measure(plain) };
    const bare = [...new Intl.Segmenter('en').segment(plain)].map((one) => one.segment).filter((one) => inbox.measure(one).odd === null);
    return { plain: null, ...inbox.measure(bare.join('')) };
  }

  function show() {
    if (!box()) return;
    const text = box().value;
    const pictures = inbox.pictures.of(inbox.conversation()).length;
    if (pictures) return showPictures(pictures);
    const { units, limit, segments: number, odd } = inbox.measure(text);
    document.querySelector('[data-segments]').textContent = `${units}/${limit} · ${segments(number)}`;
    const place = document.querySelector('[data-odd]');
    const other = odd === null ? null : cheaper(text);
    place.hidden = !other || other.segments >= number;
    if (place.hidden) return place.replaceChildren();
    place.replaceChildren(`${inbox.words('longer', { what: quoted(odd), segments: segments(number) })} `);
    if (other.plain === null) return;
    const button = inbox.stencil('stencil-plain');
    const replacement = inbox.plain(odd).trim();
    button.textContent = replacement ? inbox.words('use', { what: replacement }) : inbox.words('plain-spaces');
    button.addEventListener('click', () => {
      inbox.write(other.plain);
      box().focus();
    });
    place.append(button);
  }

  /* However long its words are, a text with pictures is one message. */
  function showPictures(number) {
    document.querySelector('[data-segments]').textContent = inbox.words('pictures', { number });
    const place = document.querySelector('[data-odd]');
    place.hidden = true;
    place.replaceChildren();
  }

  for (const name of ['input', 'inbox-counts']) {
    document.addEventListener(name, ({ target }) => {
      if (target === box()) show();
    });
  }
  inbox.hear('thread', show);
  inbox.hear('composer', show);
})();
