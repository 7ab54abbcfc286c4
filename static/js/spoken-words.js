// The words of a transcript: which one is said at a moment, and how the keys go from one to the next.

function textOf(word) {
  return word.closest('li');
}

/** Words below a list that may grow: <ol data-words> with <button data-from data-to>, in order of time. */
export class SpokenWords {
  #words = null;
  #now = null;

  /** `onPlay(seconds)` for a press on a word; `onWrite(word)` for Enter on it, false where it cannot be written now. */
  constructor(list, { onPlay, onWrite }) {
    this.list = list;
    this.onWrite = onWrite;
    this.#watch();
    list.addEventListener('click', (event) => this.#press(event, onPlay));
    list.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Mark the word that is said at a moment in seconds; null marks none. */
  show(seconds) {
    const word = seconds === null ? null : this.#at(seconds);
    if (word === this.#now) return;
    this.#now?.classList.remove('now');
    this.#now?.closest('li').classList.remove('on');
    word?.classList.add('now');
    word?.closest('li').classList.add('on');
    this.#now = word;
    if (word && !this.list.querySelector('input, textarea')) this.reveal(seconds);
  }

  /** Bring the word at a moment into view, where it is not: between the player above and the acts below. */
  reveal(seconds) {
    const word = this.#at(seconds) ?? this.#all.find((each) => Number(each.dataset.to) > seconds);
    if (!word) return;
    const box = word.getBoundingClientRect();
    const above = document.querySelector('.player')?.getBoundingClientRect().bottom ?? 0;
    const below = document.querySelector('[data-finish]')?.getBoundingClientRect().top ?? window.innerHeight;
    if (box.top < Math.max(0, above) || box.bottom > Math.min(below, window.innerHeight)) word.scrollIntoView({ block: 'center' });
  }

  get #all() {
    this.#words ??= [...this.list.querySelectorAll('.w[data-from]')];
    return this.#words;
  }

  #watch() {
    new MutationObserver(() => {
      this.#words = null;
      this.#openFirst();
    }).observe(this.list, { childList: true });
    this.#openFirst();
  }

  /** The first word is reached with Tab even where none is doubtful. */
  #openFirst() {
    this.#all[0]?.removeAttribute('tabindex');
  }

  #at(seconds) {
    const words = this.#all;
    let low = 0;
    let high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(words[middle].dataset.from) <= seconds) low = middle + 1;
      else high = middle;
    }
    const word = words[low - 1];
    return word && seconds < Number(word.dataset.to) ? word : null;
  }

  #press(event, onPlay) {
    const word = event.target.closest('.w[data-from]');
    if (word) onPlay(Number(word.dataset.from));
  }

  #key(event) {
    const word = event.target.closest('.w[data-from]');
    if (!word || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' && this.onWrite(word) !== false) {
      event.preventDefault();
      return;
    }
    const next = this.#beside(word, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  #beside(word, key) {
    const isTurned = getComputedStyle(word.closest('.txt')).direction === 'rtl';
    const steps = { ArrowLeft: isTurned ? 1 : -1, ArrowRight: isTurned ? -1 : 1 };
    if (key in steps) return this.#all[this.#all.indexOf(word) + steps[key]] ?? word;
    if (key === 'ArrowDown') return textOf(word).nextElementSibling?.querySelector('.w') ?? word;
    if (key === 'ArrowUp') return textOf(word).previousElementSibling?.querySelector('.w') ?? word;
    return null;
  }
}
