// The hands on the transcript: words and lines are written, cut, joined and moved; each act is saved as it is done.
import { Choices, choicesOf } from 'speechsite/choices';
import { clock } from 'speechsite/clock';
import { Doubt } from 'speechsite/doubt';
import { gettext } from 'speechsite/language';
import { LineEditor } from 'speechsite/line-editor';
import { saySaved, showAside } from 'speechsite/save-notes';
import { Saves } from 'speechsite/saves';
import { finderOf, lineFinderOf, placeOf, putChanges, wordPlace } from 'speechsite/segment-list';
import { WordEditor } from 'speechsite/word-editor';

const NUDGE_SECONDS = 0.1;

export class ReviewDesk {
  constructor(head, list, keysOf) {
    this.list = list;
    this.section = list.closest('.transcript');
    this.saves = new Saves(head, (told) => this.#put(told));
    this.doubt = new Doubt(list);
    this.choices = new Choices(this.section, keysOf, (word, text) => this.#write(word, text));
    this.words = new WordEditor({
      onKeep: (word, text) => this.#write(word, text),
      onOpen: (word, field) => this.choices.show(word, field),
      onEnd: () => this.choices.hide(),
    });
    this.lines = new LineEditor({
      send: (draft) => this.saves.send(draft),
      here: (line) => ({ at: placeOf(line), began_from: this.saves.revision }),
      onEnd: () => this.doubt.mark(),
    });
    this.line = null;
    this.doubt.mark();
    this.#listen();
    if (list.firstElementChild) this.#goTo(list.firstElementChild);
  }

  /** Write in the word that has the focus. */
  writeWord(word) {
    this.words.open(word);
  }

  /** Write the line anew, the caret at the focused word. */
  writeLine() {
    if (this.line && this.line !== this.lines.line) this.lines.open(this.line);
    return Boolean(this.line);
  }

  /** Take one of what the word may have been; the words come 1, 2, 3. */
  take(number) {
    const word = this.words.word ?? this.#focusedWord() ?? this.choices.word;
    const choice = word && choicesOf(word)[number - 1];
    if (!choice) return false;
    this.words.close();
    this.#write(word, choice[0]);
    return true;
  }

  /** Go to the next word that may be wrong; false where there is none, so that Tab leaves the text. */
  goOn(step) {
    const here = this.words.word ?? (this.section.contains(document.activeElement) ? document.activeElement : null);
    if (!here || this.lines.line) return false;
    const next = this.doubt.next(here, step);
    if (this.words.word) this.words.keep();
    if (!next) return false;
    next.focus();
    return true;
  }

  split() {
    if (this.lines.line) return this.#splitAtCaret();
    const word = this.words.word ?? this.#focusedWord();
    if (word) this.saves.send({ act: 'split', ...wordPlace(word) }, finderOf(this.list, word));
    return Boolean(word);
  }

  join() {
    return this.#change({ act: 'join' });
  }

  nudge(edge, steps) {
    return this.#change({ act: 'nudge', edge, seconds: steps * NUDGE_SECONDS });
  }

  async takeBack(way) {
    await this.saves[way]();
  }

  /** Keep what is being written; resolves when the site has all of it. */
  settle() {
    if (this.words.word) this.words.keep();
    this.lines.close();
    return this.saves.idle();
  }

  #splitAtCaret() {
    const { line, place } = this.lines;
    const find = lineFinderOf(this.list, line);
    this.lines.close();
    this.saves.send({ act: 'split', place, ...find() }, find);
    return true;
  }

  #change(draft) {
    const { line } = this;
    if (!line?.isConnected) return false;
    if (this.lines.line) this.lines.close();
    const find = lineFinderOf(this.list, line);
    this.saves.send({ ...draft, ...find() }, find);
    return true;
  }

  #focusedWord() {
    return document.activeElement?.closest?.('#segments .w') ?? this.line?.querySelector('.w.here') ?? null;
  }

  #write(word, text) {
    const find = finderOf(this.list, word);
    this.saves.send({ act: 'word', text, ...wordPlace(word) }, find);
    this.#showAtOnce(word, text);
    this.choices.hide();
    this.doubt.mark();
  }

  /** What the site will draw, until it has. */
  #showAtOnce(word, text) {
    const isSame = text === word.textContent;
    word.classList.remove('unsure', 'doubt', 'rejected');
    word.classList.toggle('fixed', !isSame);
    if (word.dataset.c) word.dataset.w = word.dataset.c;
    delete word.dataset.c;
    if (text) word.textContent = text;
    else word.hidden = true;
  }

  #listen() {
    this.list.addEventListener('focusin', (event) => this.#at(event.target));
    this.list.addEventListener('pointerdown', (event) => this.#at(event.target));
    this.list.addEventListener('focusout', () => !this.words.word && this.choices.hide());
  }

  #at(target) {
    const line = target.closest('li');
    if (line && line !== this.line) this.#goTo(line);
    const word = target.closest('.w');
    this.list.querySelector('.w.here')?.classList.remove('here');
    word?.classList.add('here');
    if (word?.matches('.unsure, .doubt, .rejected')) this.choices.show(word);
  }

  #goTo(line) {
    this.line?.classList.remove('at');
    this.line = line;
    line.classList.add('at');
    this.showLine();
  }

  /** Say which line the acts below are about. */
  showLine() {
    const bar = document.querySelector('[data-line-acts]');
    if (!bar || !this.line?.isConnected) return;
    const { start, end } = this.line.dataset;
    bar.querySelector('[data-line-said]').textContent = gettext('Line {number}, {start} to {end}', {
      number: placeOf(this.line) + 1, start: clock(Number(start)), end: clock(Number(end)),
    });
    bar.querySelector('[data-add-line]').value = placeOf(this.line);
    this.section.dispatchEvent(new CustomEvent('line', { detail: this.line }));
  }

  #put(told) {
    putChanges(this.list, told.changes, (old, lines) => this.#goAlong(old, lines));
    document.querySelector('[data-log]').innerHTML = told.log;
    window.htmx?.process(document.querySelector('[data-log]'));
    document.querySelectorAll('[data-began-from]').forEach((field) => { field.value = told.revision; });
    saySaved(told.revision, { canUndo: this.saves.canUndo });
    this.doubt.mark();
    if (told.aside) this.#showAside(told.aside);
    this.showLine();
  }

  /** Both texts, where somebody else changed the same words. */
  #showAside(aside) {
    const line = this.list.children[aside.at];
    const takeMine = () => this.saves.send({ act: 'line', text: aside.mine, ...lineFinderOf(this.list, line)() });
    showAside(aside, { place: line ?? this.list, takeMine: aside.is_one_line ? takeMine : null });
  }

  #goAlong(old, lines) {
    const whole = this.list.ownerDocument.getElementById('text');
    if (whole && !whole.matches(':focus')) whole.dataset.isOld = 'true';
    if (this.lines.line && old.includes(this.lines.line)) this.lines.moveTo(lines);
    if (this.words.word && old.some((line) => line.contains(this.words.word))) this.words.moveTo(lines);
    if (!old.includes(this.line)) return;
    this.line = lines[0] ?? this.list.children[0] ?? null;
    this.line?.classList.add('at');
  }
}
