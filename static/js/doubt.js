// Which words are marked as perhaps wrong: those below the slider, kept in this browser. Tab goes from one to the next.
import { gettext } from 'speechsite/language';

const STORE = 'speechsite.doubt';
const USUAL = 85;
const DOUBTFUL = 0.6;

function kept() {
  const value = Number(localStorage.getItem(STORE));
  return value >= 30 && value <= 99 ? value : USUAL;
}

export class Doubt {
  #percent = kept();

  constructor(list) {
    this.list = list;
    document.addEventListener('input', (event) => event.target.matches?.('[data-doubt]') && this.#set(Number(event.target.value)));
  }

  /** Mark the words below `root`, and say how many there are. */
  mark(root = this.list) {
    if (this.#percent !== USUAL || root === this.list) root.querySelectorAll('.w[data-c]:not(.rejected)').forEach((word) => this.#look(word));
    this.list.querySelector('.w')?.removeAttribute('tabindex');
    this.#say();
  }

  /** The next word to look at, or the one before with step -1; null behind the last. */
  next(from, step) {
    const words = [...this.list.querySelectorAll('.w:is(.unsure, .doubt, .rejected)')].filter((word) => word !== from && !word.hidden);
    if (step < 0) words.reverse();
    const wanted = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    return words.find((word) => from.compareDocumentPosition(word) & wanted) ?? null;
  }

  #set(percent) {
    this.#percent = percent;
    localStorage.setItem(STORE, String(percent));
    this.mark();
  }

  #look(word) {
    const sure = Number(word.dataset.c);
    const limit = this.#percent / 100;
    const look = sure >= limit ? '' : sure < Math.min(DOUBTFUL, limit) ? 'doubt' : 'unsure';
    if (look ? word.classList.contains(look) : !word.matches('.unsure, .doubt')) return;
    word.classList.remove('unsure', 'doubt');
    word.tabIndex = look ? 0 : -1;
    if (look) {
      word.classList.add(look);
      const percent = `${Math.round(sure * 100)}\u00a0%`;
      const said = look === 'doubt' ? gettext('doubtful, {percent}', { percent }) : gettext('unsure, {percent}', { percent });
      word.setAttribute('aria-description', said);
    } else word.removeAttribute('aria-description');
  }

  #say() {
    const slider = document.querySelector('[data-doubt]');
    const limit = this.#percent / 100;
    const all = this.list.querySelectorAll('.w:not([hidden])').length;
    const open = this.list.querySelectorAll('.w:is(.unsure, .doubt, .rejected)').length;
    const settled = [...this.list.querySelectorAll('.w[data-w]')].filter((word) => Number(word.dataset.w) < limit).length;
    const checked = document.querySelector('[data-checked]');
    if (checked && slider && open + settled) checked.textContent = gettext('{settled} of {all} doubtful words checked', { settled, all: open + settled });
    if (!slider) return;
    slider.value = this.#percent;
    const said = gettext('{limit}: marks {open} of {all} words', { limit: `${this.#percent}\u00a0%`, open, all });
    slider.setAttribute('aria-valuetext', said);
    document.querySelector('[data-doubt-said]').textContent = said;
    document.querySelectorAll('[data-doubt-now]').forEach((place) => { place.textContent = this.#percent; });
  }
}
