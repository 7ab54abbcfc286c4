// The studio: five takes at a time, one key to record and stop, a verdict at once, nothing lost.
import { onKeys } from 'speechsite/keys';
import { gettext } from 'speechsite/language';
import { Meter } from 'speechsite/meter';
import { showNotice } from 'speechsite/notice';
import { stop as stopPlaying, toggle } from 'speechsite/player';
import { Recorder } from 'speechsite/recorder';
import { MicrophoneCheck, roomText } from 'speechsite/studio-check';
import { Round } from 'speechsite/studio-round';
import { Speaker } from 'speechsite/studio-speaker';
import { Takes } from 'speechsite/studio-takes';
import { verdictOn } from 'speechsite/studio-verdict';
import { StudioView, sayVerdict } from 'speechsite/studio-view';
import { Words } from 'speechsite/studio-words';

const TAIL_MS = 150;
const root = document.querySelector('[data-studio]');
const part = (name) => root.querySelector(`[data-${name}]`);
const pressOn = (name) => () => { part(name).click(); };

class Studio {
  #state = 'idle'; // idle, opening, recording, ending, judged
  #take = null;
  #verdict = null;
  #began = 0;

  constructor() {
    const data = JSON.parse(document.getElementById('studio-words').textContent);
    this.recorder = new Recorder({ workletUrl: root.dataset.worklet });
    this.meter = new Meter(part('meter'));
    this.words = new Words(data, { list: part('words'), root, choose: (place) => this.#leave(() => this.#askFor(place)) });
    this.view = new StudioView(root, this.words);
    this.round = new Round({ words: this.words, element: part('round'), choose: (at) => this.jump(at) });
    this.takes = new Takes(root, (take) => { this.words.add(take.word, -1); this.round.refuse(take.id); });
    this.speaker = new Speaker({ dialog: document.getElementById('speaker-dialog'), known: data.speakers, changed: () => this.#showSpeaker() });
    this.check = new MicrophoneCheck({
      dialog: document.getElementById('check-dialog'), recorder: this.recorder, say: sayVerdict, failed: (problem) => this.#fail(problem),
    });
    this.#listen();
    this.#listenToKeys();
    this.#show();
    this.#showSpeaker();
    this.#ask();
    this.takes.unsentWords().then((words) => words.forEach((word) => this.words.add(word, 1)));
  }

  async press() {
    if (this.#state === 'recording') await this.#end();
    else if (this.#state !== 'opening' && this.#state !== 'ending') await this.#record();
  }

  keep() {
    if (this.#state !== 'judged') return false;
    const { word } = this.words.current;
    const take = { id: crypto.randomUUID(), wav: this.#take.wav, samples: this.#take.samples };
    const before = this.round.spot.take;
    if (before) this.takes.replace(before.id);
    else this.words.add(word, 1);
    this.takes.keep({ id: take.id, wav: take.wav, word, speaker: this.speaker.name });
    this.#leave(() => this.round.keep(take));
    return true;
  }

  redo() {
    if (this.#state !== 'judged' && !this.#isKept) return false;
    this.#record();
    return true;
  }

  discard() {
    if (this.#state !== 'recording' && this.#state !== 'judged') return false;
    this.recorder.discard();
    this.#leave(() => {});
    return true;
  }

  play() {
    if (this.#state !== 'judged' && !this.#isKept) return false;
    toggle(part('play-take'));
    return true;
  }

  jump(at) {
    if (at >= this.round.spots.length) return false;
    this.#leave(() => this.round.go(at));
    return true;
  }

  /** Ask for a word that was chosen; the focus leaves its button, whose keys would be those of the take. */
  #askFor(place) {
    this.round.ask(place);
    part('prompt').focus();
  }

  get #isKept() { return this.#state === 'idle' && this.round.spot.take !== null; }

  /** Ask who speaks and listen to the microphone, before the first take. */
  #ask() {
    if (!this.speaker.name) this.speaker.ask();
    else if (!this.check.wasDone) this.check.open();
  }

  async #record() {
    if (!this.speaker.name) { this.speaker.ask(); return; }
    this.#forget();
    this.#set('opening');
    try {
      await this.recorder.open({ deviceId: this.check.deviceId });
    } catch (problem) {
      this.#fail(problem);
      return;
    }
    this.check.nameMicrophones();
    this.view.wave.clear();
    await this.recorder.start();
    this.#began = performance.now();
    this.#set('recording');
  }

  async #end() {
    this.#set('ending');
    const take = await this.recorder.stop({ tailMs: TAIL_MS });
    if (!take) return;
    this.#take = take;
    this.#set('judged', verdictOn(take, { isSentence: this.words.isSentences }));
  }

  #forget() {
    stopPlaying();
    this.view.forget();
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

  #set(state, verdict = null) {
    this.#state = state;
    this.#verdict = verdict;
    this.#show();
  }

  #show() {
    const take = this.#take ?? (this.#isKept ? this.round.spot.take : null);
    this.view.show({ state: this.#state, take, isKept: this.#isKept, verdict: this.#verdict });
  }

  #showSpeaker() { this.view.showSpeaker(this.speaker.name, roomText()); }

  #grow({ samples }) {
    if (this.#state === 'recording') this.view.grow(samples, (performance.now() - this.#began) / 1000);
  }

  #level(detail) {
    if (this.check.dialog.open) return;
    this.meter.show(detail);
    if (this.#state === 'recording' && detail.clipped) this.view.hint(gettext('Too loud: move back a little.'));
  }

  #listen() {
    this.recorder.addEventListener('level', (event) => this.#level(event.detail));
    this.recorder.addEventListener('block', (event) => this.#grow(event.detail));
    this.recorder.addEventListener('lost', (event) => this.#fail(event.detail));
    const presses = {
      record: () => this.press(), redo: () => this.redo(), keep: () => this.keep(), skip: () => this.#leave(() => this.round.skip()),
      previous: () => this.#leave(() => this.round.previous()), 'change-speaker': () => this.speaker.ask(), 'open-words': () => this.words.openAsSheet(),
    };
    for (const [name, act] of Object.entries(presses)) part(name).addEventListener('click', act);
    for (const button of root.querySelectorAll('[data-check-again]')) button.addEventListener('click', () => this.#openCheck());
    document.getElementById('speaker-dialog').addEventListener('close', () => { this.#showSpeaker(); if (this.speaker.name) this.#ask(); });
    this.check.dialog.addEventListener('close', () => this.#showSpeaker());
    // The prompt is what counts: after a press on a button, keys belong to the studio again.
    root.addEventListener('click', (event) => event.detail > 0 && event.target.closest('button')?.blur());
  }

  #listenToKeys() {
    const jumps = Object.fromEntries([0, 1, 2, 3, 4].map((at) => [String(at + 1), () => this.jump(at)]));
    onKeys({
      ' ': () => { this.press(); }, Enter: () => this.keep(), r: () => this.redo(), p: () => this.play(), Escape: () => this.discard(),
      s: pressOn('skip'), Backspace: pressOn('previous'), m: () => this.#openCheck(), ...jumps,
    });
  }

  #openCheck() {
    if (this.#state !== 'recording' && this.#state !== 'ending') this.check.open();
  }
}

new Studio();
