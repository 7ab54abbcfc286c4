// Writing another word in the place of one: a field where the word stood. Enter keeps it, Esc leaves it as it was.
import { gettext } from 'speechsite/language';

const ROOM = 2;

export class WordEditor {
  #word = null;

  /** `onKeep(word, text)`; `onEnd(word)` when the field has gone. */
  constructor({ onKeep, onOpen, onEnd }) {
    Object.assign(this, { onKeep, onOpen, onEnd });
    this.field = document.createElement('input');
    this.field.className = 'editor';
    this.field.autocomplete = 'off';
    this.field.spellcheck = false;
    this.field.dir = 'auto';
    this.field.addEventListener('input', () => this.#fit());
    this.field.addEventListener('blur', () => this.#leave());
    this.field.addEventListener('keydown', (event) => this.#key(event));
  }

  get word() {
    return this.#word;
  }

  open(word) {
    this.close();
    this.#word = word;
    const text = word.matches('.rejected') ? '' : word.textContent;
    this.field.value = this.before = text;
    const label = word.title ? gettext('Word, heard as “{text}”, {sure}', { text, sure: word.title }) : gettext('Word, heard as “{text}”', { text });
    this.field.setAttribute('aria-label', label);
    word.before(this.field);
    word.hidden = true;
    this.#fit();
    this.field.focus();
    this.field.select();
    this.onOpen(word, this.field);
  }

  /** Keep what is written; the same word again confirms it. */
  keep() {
    const word = this.#word;
    const text = this.field.value.trim();
    this.close();
    if (word) this.onKeep(word, text);
    return word;
  }

  /** Take the field away and leave the word as it is. */
  close() {
    const word = this.#word;
    if (!word) return;
    this.#word = null;
    word.hidden = false;
    const hadFocus = document.activeElement === this.field;
    this.field.remove();
    if (hadFocus) word.focus({ preventScroll: true });
    this.onEnd(word);
  }

  /** The line was drawn anew: go on in the same word, or keep what is written where it is not there any more. */
  moveTo(lines) {
    const same = lines.flatMap((line) => [...line.querySelectorAll('.w')]).find((word) => word.dataset.from === this.#word.dataset.from);
    if (!same) {
      this.close();
      return;
    }
    const [start, end] = [this.field.selectionStart, this.field.selectionEnd];
    this.#word = null;
    same.before(this.field);
    same.hidden = true;
    this.#word = same;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(start, end);
  }

  #leave() {
    if (!this.#word || !this.field.isConnected) return;
    if (this.field.value.trim() === this.before) this.close();
    else this.keep();
  }

  #key(event) {
    if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.altKey) return;
    if (event.key === 'Enter') this.keep();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #fit() {
    this.field.style.width = `${Math.max(4, [...this.field.value].length + ROOM)}ch`;
  }
}
