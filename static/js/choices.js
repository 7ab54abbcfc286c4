// What a word may have been, floating below it: taken with a press or a key. It moves nothing and takes no focus.
import { gettext } from 'speechsite/language';
import { shownKey } from 'speechsite/review-keys';

const GAP = 6;

/** The alternatives of a word, best first: [["four", 44], ["for", 41]]. */
export function choicesOf(word) {
  return JSON.parse(word.dataset.alts ?? '[]');
}

export class Choices {
  #word = null;

  constructor(section, keysOf, onTake) {
    this.section = section;
    this.keysOf = keysOf;
    this.box = document.createElement('div');
    this.box.className = 'alt';
    this.box.setAttribute('role', 'group');
    this.box.setAttribute('aria-label', gettext('What it may have been'));
    this.box.hidden = true;
    section.append(this.box);
    // A press must not take the focus from the word or its field before it is taken.
    this.box.addEventListener('pointerdown', (event) => event.preventDefault());
    this.box.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) onTake(this.#word, button.querySelector('bdi').textContent);
    });
  }

  get word() {
    return this.#word;
  }

  /** Show them below `anchor`: the word itself, or the field it is written in. */
  show(word, anchor = word) {
    const pairs = choicesOf(word);
    this.#word = pairs.length ? word : null;
    this.box.hidden = !pairs.length;
    if (!pairs.length) return;
    this.box.lang = word.closest('.txt').lang;
    this.box.replaceChildren(...pairs.map(([text, percent], place) => this.#button(word, text, percent, place)));
    this.#put(anchor);
  }

  hide() {
    this.#word = null;
    this.box.hidden = true;
  }

  #button(word, text, percent, place) {
    const button = document.createElement('button');
    button.type = 'button';
    button.tabIndex = -1;
    button.classList.toggle('on', text === word.textContent);
    const said = document.createElement('bdi');
    said.textContent = text;
    const share = document.createElement('span');
    share.className = 'quiet small num';
    share.textContent = `${percent}\u00a0%`;
    button.append(said, share);
    const [key] = this.keysOf(`take${place + 1}`);
    if (key) {
      const mark = document.createElement('kbd');
      mark.textContent = shownKey(key);
      button.append(mark);
    }
    return button;
  }

  #put(anchor) {
    const around = this.section.getBoundingClientRect();
    const place = anchor.getBoundingClientRect();
    const isTurned = getComputedStyle(anchor).direction === 'rtl';
    const wanted = (isTurned ? place.right - this.box.offsetWidth : place.left) - around.left;
    this.box.style.left = `${Math.max(8, Math.min(wanted, around.width - this.box.offsetWidth - 8))}px`;
    this.box.style.top = `${place.bottom - around.top + GAP}px`;
  }
}
