// The record page: one word after the other, one key to record and stop, a verdict at once.
import { onKeys } from 'speechsite/keys';
import { Meter } from 'speechsite/meter';
import { iconElement, showNotice } from 'speechsite/notice';
import { stop as stopPlaying, toggle } from 'speechsite/player';
import { Recorder, microphones } from 'speechsite/recorder';
import { Sender } from 'speechsite/studio-sender';
import { verdictOn } from 'speechsite/studio-verdict';
import { Words } from 'speechsite/studio-words';
import { peaksOf, wavePath } from 'speechsite/wav';

const TAIL_MS = 150;
const LONG_PROMPT = 14;
const SPEAKER_KEY = 'speechsite-speaker';
const ICONS = { good: 'circle-check', warn: 'alert-triangle', bad: 'alert-circle' };
const root = document.querySelector('[data-studio]');
const part = (name) => root.querySelector(`[data-${name}]`);

class Studio {
  #state = 'idle'; // idle, opening, recording, ending, judged
  #take = null;

  constructor() {
    this.recorder = new Recorder({ workletUrl: root.dataset.worklet });
    this.meter = new Meter(root.querySelector('[data-meter]'));
    this.words = new Words(JSON.parse(document.getElementById('studio-words').textContent), {
      list: part('words'), root, choose: (place) => this.#leave(() => this.words.go(place)),
    });
    this.sender = new Sender({ address: root.dataset.post, refused: (problem) => this.#refused(problem) });
    this.recorder.addEventListener('level', (event) => this.meter.show(event.detail));
    this.recorder.addEventListener('lost', (event) => this.#fail(event.detail));
    this.#listen();
    this.#show();
  }

  async press() {
    if (this.#state === 'recording') await this.#end();
    else if (this.#state !== 'opening' && this.#state !== 'ending') await this.#begin();
  }

  keep() {
    if (this.#state !== 'judged') return false;
    const { word } = this.words.current;
    this.sender.send({ wav: this.#take.wav, word, speaker: part('speaker').value.trim() });
    this.words.add(word, 1);
    this.#leave(() => this.words.next());
    return true;
  }

  redo() {
    if (this.#state !== 'judged') return false;
    this.#begin();
    return true;
  }

  discard() {
    if (this.#state !== 'recording' && this.#state !== 'judged') return false;
    this.recorder.discard();
    this.#leave(() => {});
    return true;
  }

  play() {
    if (this.#state !== 'judged') return false;
    toggle(part('play-take'));
    return true;
  }

  async #begin() {
    this.#forget();
    this.#set('opening');
    try {
      await this.recorder.open({ deviceId: part('microphones').value || undefined });
    } catch (problem) {
      this.#fail(problem);
      return;
    }
    this.#nameMicrophones();
    await this.recorder.start();
    this.#set('recording');
  }

  async #end() {
    this.#set('ending');
    const take = await this.recorder.stop({ tailMs: TAIL_MS });
    if (!take) return;
    this.#take = take;
    const button = part('play-take');
    button.dataset.play = URL.createObjectURL(take.wav);
    root.querySelector('.take-line svg.wave').setAttribute('viewBox', '0 0 216 40');
    root.querySelector('.take-line path:not(.heard)').setAttribute('d', wavePath(peaksOf(take.samples)));
    this.#set('judged', verdictOn(take, { isSentence: this.words.isSentences }));
  }

  #forget() {
    stopPlaying();
    if (this.#take) URL.revokeObjectURL(part('play-take').dataset.play);
    this.#take = null;
  }

  #leave(move) {
    this.#forget();
    if (this.#state === 'recording') this.recorder.discard();
    move();
    this.#set('idle');
  }

  #fail(problem) {
    this.#set('idle');
    showNotice({ key: 'microphone', kind: 'bad', title: problem.title, text: problem.message, code: problem.code });
  }

  #refused({ take, code, message }) {
    this.words.add(take.word, -1);
    showNotice({ key: 'refused', kind: 'warn', title: `A take of “${take.word}” was not used`, text: message, code });
  }

  #set(state, verdict = null) {
    this.#state = state;
    root.dataset.state = state;
    this.#show(verdict);
  }

  #show(verdict = null) {
    const { word, takes } = this.words.current;
    const isRecording = this.#state === 'recording';
    part('prompt').textContent = word;
    part('prompt').classList.toggle('long', word.length > LONG_PROMPT);
    part('take-number').textContent = this.words.isSentences ? `Sentence ${this.words.at + 1} of ${this.words.words.length}` : takes < this.words.goal ? `Take ${takes + 1} of ${this.words.goal}` : `Take ${takes + 1}`;
    part('record').setAttribute('aria-pressed', String(isRecording));
    part('record').setAttribute('aria-label', isRecording ? 'Stop' : 'Record');
    part('record').classList.toggle('on', isRecording);
    part('redo').disabled = part('keep').disabled = this.#state !== 'judged';
    part('take').hidden = this.#state !== 'judged';
    document.querySelector('[data-train]').hidden = !this.words.isEnough;
    part('keep-words').textContent = verdict && verdict.kind !== 'good' ? 'Keep anyway' : 'Keep, next';
    this.#say(verdict ?? (isRecording ? { kind: '', title: 'Recording', text: this.words.isSentences ? 'Read it aloud, then press again.' : 'Say the word, then press again.' } : { kind: '', title: '', text: '' }));
  }

  #say({ kind, title, text }) {
    part('verdict').className = `verdict mb-0 mt-2 ${kind}`;
    part('verdict').replaceChildren(...(ICONS[kind] ? [iconElement(ICONS[kind])] : []), document.createTextNode(title));
    part('reason').textContent = text;
  }

  async #nameMicrophones() {
    const list = part('microphones');
    if (list.options.length > 1) return;
    for (const { deviceId, label } of await microphones()) {
      if (deviceId && deviceId !== 'default') list.add(new Option(label, deviceId));
    }
  }

  #listen() {
    const stored = window.localStorage.getItem(SPEAKER_KEY);
    if (stored) part('speaker').value = stored;
    part('speaker').addEventListener('change', (event) => window.localStorage.setItem(SPEAKER_KEY, event.target.value.trim()));
    part('speaker').addEventListener('keydown', (event) => event.key === 'Enter' && event.target.blur());
    part('record').addEventListener('click', () => this.press());
    part('redo').addEventListener('click', () => this.redo());
    part('keep').addEventListener('click', () => this.keep());
    part('microphones').addEventListener('change', () => this.recorder.close());
    onKeys({
      ' ': () => { this.press(); }, Enter: () => this.keep(), r: () => this.redo(), p: () => this.play(), Escape: () => this.discard(),
      s: () => this.#leave(() => this.words.skip()), Backspace: () => this.#leave(() => this.words.previous()),
    });
    // The prompt is what counts: after a press on a button, keys belong to the studio again.
    root.addEventListener('click', (event) => event.detail > 0 && event.target.closest('button')?.blur());
  }
}

new Studio();
