// The keys of the review desk, also while writing: what each act listens to is kept in this browser and can be changed.
import { gettext } from 'speechsite/language';

const STORE = 'speechsite.review-keys';
const SHOWN = {
  Escape: gettext('Esc'), Enter: '↵', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': gettext('Space'),
  Ctrl: gettext('Ctrl'), Alt: gettext('Alt'), Shift: gettext('Shift'), Tab: gettext('Tab'), Backspace: gettext('Backspace'), Delete: gettext('Delete'),
};
const MODIFIERS = ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock'];
// Keys that belong to the words themselves, alone or with Shift.
const OF_THE_TEXT = ['Enter', ' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Backspace', 'Delete'];

/** A press as it is written down: Ctrl+Shift+Z. Letters and digits go by their place where the script is another. */
export function comboOf(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl');
  if (event.altKey) parts.push('Alt');
  if (event.shiftKey) parts.push('Shift');
  const place = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  const isPlain = /^[ -~]$/.test(event.key);
  const key = place && (!isPlain || event.altKey || /\d/.test(place)) ? place : event.key;
  return [...parts, key.length === 1 ? key.toUpperCase() : key].join('+');
}

/** A combination as people read it: Ctrl Shift Z. */
export function shownKey(combo) {
  return combo.split('+').map((part) => SHOWN[part] ?? part).join(' ');
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

export class ReviewKeys {
  #usual = {};
  #changed = read();
  #waiting = null;

  constructor(acts) {
    this.acts = acts;
    for (const cell of document.querySelectorAll('[data-keys-of]')) {
      this.#usual[cell.dataset.keysOf] = cell.dataset.keysDefault.split(' ');
    }
    document.addEventListener('keydown', (event) => this.#press(event), true);
    document.addEventListener('click', (event) => this.#click(event));
    this.show();
  }

  keysOf(name) {
    return this.#changed[name] ?? this.#usual[name] ?? [];
  }

  /** Write the keys wherever the page names them. */
  show() {
    for (const cell of document.querySelectorAll('[data-keys-of]')) {
      const marks = this.keysOf(cell.dataset.keysOf).flatMap((combo) => {
        const mark = document.createElement('kbd');
        mark.textContent = shownKey(combo);
        return [mark, ' '];
      });
      cell.replaceChildren(...(marks.length ? marks : [gettext('none')]));
    }
    for (const mark of document.querySelectorAll('[data-key]')) {
      const [first] = this.keysOf(mark.dataset.key);
      mark.textContent = first ? shownKey(first) : '–';
    }
    for (const button of document.querySelectorAll('[data-act-key]')) {
      const [first] = this.keysOf(button.dataset.actKey);
      button.title = first ? shownKey(first) : '';
    }
  }

  #press(event) {
    if (event.isComposing || MODIFIERS.includes(event.key)) return;
    if (this.#waiting) this.#take(event);
    else if (!document.querySelector('dialog[open]')) this.#run(event);
  }

  #run(event) {
    const combo = comboOf(event);
    const name = Object.keys(this.#usual).find((act) => this.keysOf(act).includes(combo));
    if (!name || this.acts[name]?.(event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #click(event) {
    const button = event.target.closest?.('[data-rebind], [data-rebind-reset], [data-open-keys]');
    if (!button) return;
    if (button.matches('[data-open-keys]')) document.getElementById('keys-help').showModal();
    else if (button.matches('[data-rebind-reset]')) this.#keep({}, gettext('The usual keys are back.'));
    else this.#ask(button.dataset.rebind);
  }

  #ask(name) {
    this.#waiting = name;
    this.#say(gettext('Press the new key. Esc leaves it as it is.'));
  }

  #take(event) {
    event.preventDefault();
    event.stopPropagation();
    const name = this.#waiting;
    const combo = comboOf(event);
    this.#waiting = null;
    if (combo === 'Escape') return this.#say(gettext('Nothing was changed.'));
    if (OF_THE_TEXT.includes(combo.replace('Shift+', ''))) {
      return this.#say(gettext('{key} belongs to the text. Nothing was changed.', { key: shownKey(combo) }));
    }
    return this.#rebind(name, combo);
  }

  #rebind(name, combo) {
    const changed = { ...this.#changed };
    const before = Object.keys(this.#usual).find((act) => act !== name && this.keysOf(act).includes(combo));
    if (before) changed[before] = this.keysOf(before).filter((other) => other !== combo);
    changed[name] = [combo];
    const words = (act) => document.querySelector(`[data-rebind="${act}"]`).getAttribute('aria-label').replace(/^.*: /, '');
    const said = { key: shownKey(combo), act: words(name), before: before && words(before) };
    this.#keep(changed, before
      ? gettext('{key} is now: {act}. It was the key of: {before}.', said)
      : gettext('{key} is now: {act}.', said));
  }

  #keep(changed, sentence) {
    this.#changed = changed;
    localStorage.setItem(STORE, JSON.stringify(changed));
    this.show();
    this.#say(sentence);
  }

  #say(sentence) {
    document.querySelector('[data-rebind-said]').textContent = sentence;
  }
}
