// Writing a whole line anew. It is kept while one writes, whenever the hands rest, and when one leaves.
import { gettext } from 'speechsite/language';

const REST_MS = 1500;

function textOf(line) {
  return [...line.querySelectorAll('.w:not(.rejected)')].map((word) => word.textContent).join(' ');
}

export class LineEditor {
  #timer = null;
  #sent = '';

  /** `send(draft)` gives a promise of what the site told; `here(line)` the place of a line and the revision shown. */
  constructor({ send, here, onEnd }) {
    Object.assign(this, { send, here, onEnd });
    this.line = null;
    this.field = document.createElement('textarea');
    this.field.className = 'line-editor';
    this.field.rows = 1;
    this.field.dir = 'auto';
    this.field.setAttribute('aria-label', gettext('Text of this line'));
    this.field.addEventListener('input', () => this.#typed());
    this.field.addEventListener('blur', () => this.line && this.field.isConnected && this.close());
    this.field.addEventListener('keydown', (event) => this.#key(event));
  }

  open(line, caret = null) {
    this.close();
    this.line = line;
    this.base = this.here(line);
    this.field.value = this.#sent = textOf(line);
    this.field.lang = line.querySelector('.txt').lang;
    this.#put(line);
    this.field.focus();
    const at = caret ?? this.field.value.length;
    this.field.setSelectionRange(at, at);
  }

  /** How many words stand before the caret. */
  get place() {
    return this.field.value.slice(0, this.field.selectionStart).trim().split(/\s+/).filter(Boolean).length;
  }

  /** Send what is not kept yet. */
  async flush() {
    clearTimeout(this.#timer);
    const text = this.field.value.trim();
    if (!this.line || text === this.#sent) return;
    this.#sent = text;
    const told = await this.send({ act: 'line', text, ...this.base });
    if (told && this.line) this.#follow(told, text);
  }

  /** Keep what is written and show the words again. */
  close() {
    const line = this.line;
    if (!line) return;
    if (this.field.value.trim() !== textOf(line)) this.#showWhole(line);
    this.flush();
    this.line = null;
    const hadFocus = document.activeElement === this.field;
    line.classList.remove('writing');
    this.field.remove();
    if (hadFocus) (line.querySelector('.w:is(.unsure, .doubt)') ?? line.querySelector('.w'))?.focus({ preventScroll: true });
    this.onEnd(line);
  }

  /** The line was drawn anew. Where it is more than one now, what is written is kept by itself. */
  moveTo(lines) {
    if (lines.length !== 1) {
      this.close();
      return;
    }
    const [start, end] = [this.field.selectionStart, this.field.selectionEnd];
    this.line = null; // Moving it takes the focus away, which is no leaving.
    this.#put(lines[0]);
    [this.line] = lines;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(start, end);
  }

  /** What is written comes of the newest revision now, unless others' words are in it that this field has not. */
  #follow(told, sent) {
    const kept = textOf(this.line);
    const isWriting = this.field.value.trim() !== sent;
    if (kept !== sent && isWriting) return;
    if (kept !== sent) this.field.value = kept;
    this.#sent = isWriting ? sent : kept;
    this.base = this.here(this.line);
  }

  /** Until the site has told the times of the words the line is one piece. */
  #showWhole(line) {
    const whole = document.createElement('button');
    whole.type = 'button';
    whole.className = 'w';
    whole.textContent = this.field.value.trim();
    Object.assign(whole.dataset, { from: line.dataset.start, to: line.dataset.end });
    line.querySelector('.txt').replaceChildren(whole);
  }

  #put(line) {
    line.classList.add('writing');
    line.querySelector('.txt').before(this.field);
    this.#fit();
  }

  #typed() {
    this.#fit();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), REST_MS);
  }

  #fit() {
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #key(event) {
    if (event.isComposing || event.defaultPrevented || event.key !== 'Enter' || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }
}
