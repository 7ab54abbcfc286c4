// The words, or sentences, of the record page: which one is asked for, and how many takes of each there are.
import { gettext } from 'speechsite/language';

/** Return the place with the fewest takes, the first one behind `after` where there are several. */
function fewest(takes, after) {
  const order = takes.map((_, offset) => (after + 1 + offset) % takes.length);
  return order.reduce((best, place) => (takes[place] < takes[best] ? place : best), order[0]);
}

function worthOfWords(missing) {
  return missing ? gettext('{missing} more and training is worth it.', { missing }) : gettext('Training is worth it now.');
}

export class Words {
  /** data: {words: [{word, takes}], kind, goal, enough, isWorth, start}; list and root are the elements that show it. */
  constructor(data, { list, root, choose }) {
    Object.assign(this, data);
    this.list = list;
    this.root = root;
    this.choose = choose;
    this.at = Math.max(0, this.words.findIndex(({ word }) => word === this.start));
    this.#build();
    this.show();
  }

  get current() { return this.words[this.at]; }

  get isSentences() { return this.kind === 'sentences'; }

  get isEnough() { return this.isSentences ? this.isWorth : this.words.every(({ takes }) => takes >= this.enough); }

  get takes() { return this.words.reduce((sum, { takes }) => sum + takes, 0); }

  go(place) {
    this.at = (place + this.words.length) % this.words.length;
    this.show();
  }

  /** Return the places of the next takes, at most `count`: those with the fewest first, the one asked for before all. */
  plan(count) {
    const takes = this.words.map((one) => one.takes);
    const most = this.isSentences ? Math.min(count, this.words.length) : count;
    const places = [];
    while (places.length < most) {
      const place = this.start && !places.length ? this.at : fewest(takes, places.at(-1) ?? this.at - 1);
      takes[place] += 1;
      places.push(place);
    }
    this.start = '';
    return places;
  }

  add(word, change) {
    const found = this.words.find((one) => one.word === word); // a take may have waited since the list was another
    if (found) found.takes += change;
    this.show();
  }

  show() {
    const goal = this.goal * this.words.length;
    const missing = this.words.reduce((sum, { takes }) => sum + Math.max(0, this.enough - takes), 0);
    const done = this.isSentences ? goal - missing : this.takes;
    const total = this.root.querySelector('[data-total]');
    total.dataset.v = Math.min(1, done / goal).toFixed(3);
    total.setAttribute('aria-valuenow', Math.round(100 * Math.min(1, done / goal)));
    this.root.querySelector('[data-takes]').textContent = this.#doneText(done, goal);
    this.root.querySelector('[data-worth]').textContent = this.isSentences ? this.#worthOfSentences(missing) : worthOfWords(missing);
    [...this.list.children].forEach((line, place) => this.#showLine(line, place));
  }

  /** On a phone the words come as a sheet: the list itself moves into it and back. */
  openAsSheet() {
    const sheet = document.querySelector('[data-words-sheet]');
    sheet.prepend(this.list);
    sheet.showModal();
    sheet.addEventListener('close', () => this.root.querySelector('[data-words-place]').append(this.list), { once: true });
    this.list.addEventListener('click', () => sheet.close(), { once: true });
  }

  #doneText(done, goal) {
    if (this.isSentences) return gettext('{done} of {goal} read.', { done, goal });
    return done < goal ? gettext('{done} of {goal} takes.', { done, goal }) : gettext('{done} takes.', { done });
  }

  #worthOfSentences(missing) {
    if (this.isWorth) return gettext('Training is worth it now.');
    return missing ? '' : gettext('Training is worth it from ten minutes of speech on: add sentences.');
  }

  #showLine(line, place) {
    const { takes } = this.words[place];
    line.toggleAttribute('aria-current', place === this.at);
    if (place === this.at) line.setAttribute('aria-current', 'true');
    line.querySelector('.progress-line').dataset.v = Math.min(1, takes / this.goal).toFixed(3);
    line.querySelector('.num').textContent = this.isSentences ? (takes ? gettext('read') : '') : takes < this.goal ? `${takes} / ${this.goal}` : `${takes}`;
  }

  #build() {
    this.list.replaceChildren(...this.words.map(({ word }, place) => {
      const line = document.createElement('li');
      line.innerHTML = '<button type="button"><bdi></bdi><span class="progress-line"><i></i></span><span class="small quiet num"></span></button>';
      line.querySelector('bdi').textContent = word;
      line.querySelector('button').addEventListener('click', () => this.choose(place));
      return line;
    }));
  }
}
