// Five takes at a time: what is asked for, what is kept, what is to be said again.
import { gettext } from 'speechsite/language';

const SIZE = 5;

function pillLabel(state, values) {
  if (state === 'open') return gettext('Take {number} of {all}, {word}, to be said', values);
  if (state === 'kept') return gettext('Take {number} of {all}, {word}, kept', values);
  return gettext('Take {number} of {all}, {word}, to be said again', values);
}

export class Round {
  /** words: the Words of the page; element: the list of pills; choose(at) is called when one is pressed. */
  constructor({ words, element, choose }) {
    Object.assign(this, { words, element, choose });
    this.begin();
  }

  get spot() { return this.spots[this.at]; }

  /** Plan the next takes: those with the fewest first, so that they grow evenly. */
  begin() {
    this.spots = this.words.plan(SIZE).map((place) => ({ place, state: 'open', take: null }));
    this.go(0);
  }

  go(at) {
    this.at = at;
    this.words.go(this.spot.place);
    this.show();
  }

  keep(take) {
    Object.assign(this.spot, { state: 'kept', take });
    this.next();
  }

  /** Go to the next take that is not kept; behind the last one a new round begins. */
  next() {
    const open = this.#fromHere(1).find((at) => this.spots[at].state !== 'kept');
    if (open === undefined) this.begin();
    else this.go(open);
  }

  previous() { this.go((this.at - 1 + this.spots.length) % this.spots.length); }

  /** Leave this one for later; the only one left is replaced by another word. */
  skip() {
    const other = this.#fromHere(1).find((at) => at !== this.at && this.spots[at].state !== 'kept');
    if (other === undefined) this.ask(this.words.at + 1);
    else this.go(other);
  }

  /** Ask for another word here. */
  ask(place) {
    if (this.spot.state === 'kept') this.next();
    this.spot.place = (place + this.words.words.length) % this.words.words.length;
    this.go(this.at);
  }

  /** The site did not take a kept take: it is to be said again. */
  refuse(id) {
    const spot = this.spots.find(({ take }) => take?.id === id);
    if (spot) Object.assign(spot, { state: 'again', take: null });
    this.show();
  }

  show() {
    this.element.replaceChildren(...this.spots.map((spot, at) => this.#pill(spot, at)));
  }

  #pill({ place, state }, at) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `pill ${state}`;
    button.textContent = state === 'again' ? `${at + 1} ↻` : `${at + 1}`;
    button.setAttribute('aria-label', pillLabel(state, { number: at + 1, all: this.spots.length, word: this.words.words[place].word }));
    if (at === this.at) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => this.choose(at));
    item.append(button);
    return item;
  }

  /** Return the places of the round in order, beginning behind this one and ending with it. */
  #fromHere(step) {
    return this.spots.map((_, offset) => (this.at + step + offset) % this.spots.length);
  }
}
