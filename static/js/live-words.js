// The big words: final ones stay as they are, behind them what is being said just now.
import { gettext } from 'speechsite/language';

const MARKS = [['unsure', gettext('unsure')], ['doubt', gettext('doubtful')]];

function span(className, text = '') {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

export class LiveWords {
  #line = null;

  /** place: where they stand, a live region; its data-sure-from and data-doubtful-below say which words are marked. */
  constructor(place) {
    this.place = place;
    this.sureFrom = Number(place.dataset.sureFrom);
    this.doubtfulBelow = Number(place.dataset.doubtfulBelow);
  }

  /** Make room for what is said now, in a language ('' where it is not known). */
  begin(language) {
    this.#line = document.createElement('p');
    this.#line.className = 'said-big live-said';
    this.#line.dir = 'auto';
    if (language) this.#line.lang = language;
    this.words = span('');
    this.partial = span('now-said');
    this.partial.setAttribute('aria-hidden', 'true'); // Said aloud when it is final.
    this.caret = span('caret');
    this.caret.setAttribute('aria-hidden', 'true');
    this.nameless = span('nameless');
    const all = span('');
    all.append(this.words, this.nameless, this.partial, this.caret);
    this.#line.append(all);
    this.note = document.createElement('p');
    this.note.className = 'quiet mb-0';
    this.place.replaceChildren(this.#line, this.note);
  }

  /** Say in a sentence how the last piece was heard; `name` stands in the place of words where there are none. */
  explain(name, sentence) {
    this.note.textContent = sentence;
    if (!this.words.childElementCount) this.nameless.textContent = name;
  }

  /** Show the beginning of a piece. */
  show({ stable, tail }) {
    const parts = [stable && span('w', stable), tail && span('w partial', tail)].filter(Boolean);
    if (parts.length) this.nameless.textContent = '';
    this.partial.replaceChildren(...parts.flatMap((part) => [part, document.createTextNode(' ')]));
  }

  /** Show the answer to a piece; these words stay. */
  add({ segments }) {
    this.partial.replaceChildren();
    for (const word of segments.flatMap((segment) => segment.words).filter(({ word }) => word)) {
      const mark = MARKS[this.#doubt(word.confidence)];
      this.nameless.textContent = '';
      this.words.append(span(`w ${mark?.[0] ?? ''}`, word.word));
      if (mark) this.words.append(span('visually-hidden', `, ${mark[1]}`));
      this.words.append(' ');
    }
  }

  /** Nobody speaks any more. */
  end() {
    this.partial?.replaceChildren();
    this.caret?.remove();
  }

  #doubt(confidence) {
    if (confidence >= this.sureFrom) return -1;
    return confidence < this.doubtfulBelow ? 1 : 0;
  }
}
