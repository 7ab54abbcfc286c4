// What the studio shows: the prompt, the buttons, the take with its verdict.
import { decimal, gettext } from 'speechsite/language';
import { iconElement } from 'speechsite/notice';
import { GrowingWave } from 'speechsite/studio-wave';
import { peaksOf, wavePath } from 'speechsite/wav';

const LONG_PROMPT = 14;
const ICONS = { good: 'circle-check', warn: 'alert-triangle', bad: 'alert-circle' };
const NOTHING = { kind: '', title: '', text: '' };
const KEPT = { kind: 'good', title: gettext('Kept'), text: gettext('Record it again, and this one is replaced.') };

/** Show a verdict: an icon, a word, and nothing else that moves. */
export function sayVerdict(element, { kind, title }) {
  element.className = `verdict mb-0 ${kind}`;
  element.replaceChildren(...(ICONS[kind] ? [iconElement(ICONS[kind])] : []), document.createTextNode(title));
}

export class StudioView {
  /** root: the [data-studio] element; words: the Words of the page. */
  constructor(root, words) {
    Object.assign(this, { root, words });
    this.root.querySelector('.take-line svg.wave').setAttribute('viewBox', '0 0 216 40');
    this.wave = new GrowingWave(this.root.querySelector('.take-line path:not(.heard)'));
  }

  part(name) { return this.root.querySelector(`[data-${name}]`); }

  /** state: the studio's; take: what is heard, if anything; isKept: it is an earlier one; verdict: on a new one. */
  show({ state, take, isKept, verdict }) {
    this.root.dataset.state = state;
    this.#showPrompt();
    this.#showDock({ state, isKept, verdict });
    this.#showTake({ state, take });
    this.#say(verdict ?? (isKept ? KEPT : this.#asked(state)));
    this.part('clock').textContent = '';
    document.querySelector('[data-train]').hidden = !this.words.isEnough;
  }

  /** While recording: the wave grows and the seconds count. */
  grow(samples, seconds) {
    this.wave.add(samples);
    this.part('clock').textContent = `${decimal(seconds, 1)} s`;
  }

  /** Let go of the take that can be played. */
  forget() {
    const button = this.part('play-take');
    if (button.dataset.play) URL.revokeObjectURL(button.dataset.play);
    button.dataset.play = '';
  }

  hint(text) { this.part('reason').textContent = text; }

  showSpeaker(name, room) {
    this.part('speaker').textContent = name || gettext('nobody yet');
    this.part('consent').textContent = name ? gettext('who agreed to it.') : '';
    if (room) this.part('room').textContent = room;
  }

  #showPrompt() {
    const { word, takes } = this.words.current;
    const { isSentences, goal } = this.words;
    this.part('prompt').textContent = word;
    this.part('prompt').classList.toggle('long', word.length > LONG_PROMPT);
    const number = takes + 1;
    const ofWords = takes < goal ? gettext('Take {number} of {all}', { number, all: goal }) : gettext('Take {number}', { number });
    const ofSentences = gettext('Sentence {number} of {all}', { number: this.words.at + 1, all: this.words.words.length });
    this.part('take-number').textContent = isSentences ? ofSentences : ofWords;
  }

  #showDock({ state, isKept, verdict }) {
    const isRecording = state === 'recording';
    const record = this.part('record');
    record.setAttribute('aria-pressed', String(isRecording));
    record.setAttribute('aria-label', isRecording ? gettext('Stop') : gettext('Record'));
    record.classList.toggle('on', isRecording);
    this.part('keep').disabled = state !== 'judged';
    this.part('redo').disabled = state !== 'judged' && !isKept;
    this.part('keep-words').textContent = verdict && verdict.kind !== 'good' ? gettext('Keep anyway') : gettext('Keep, next');
  }

  #showTake({ state, take }) {
    this.part('take').hidden = !take && state !== 'recording';
    this.part('play-take').disabled = !take;
    if (!take) return;
    this.part('play-take').dataset.play ||= URL.createObjectURL(take.wav);
    this.wave.path.setAttribute('d', wavePath(peaksOf(take.samples)));
  }

  #asked(state) {
    if (state !== 'recording') return NOTHING;
    const text = this.words.isSentences ? gettext('Read it aloud, then press again.') : gettext('Say the word, then press again.');
    return { kind: '', title: gettext('Recording'), text };
  }

  #say(verdict) {
    sayVerdict(this.part('verdict'), verdict);
    this.hint(verdict.text);
  }
}
