// The studio: five takes at a time, one key to record and stop, a verdict at once, nothing lost.
import { csrfToken } from 'speechsite/htmx-setup';
import { onKeys } from 'speechsite/keys';
import { Meter } from 'speechsite/meter';
import { iconElement, showNotice } from 'speechsite/notice';
import { sender } from 'speechsite/outbox-sender';
import { stop as stopPlaying, toggle } from 'speechsite/player';
import { Recorder } from 'speechsite/recorder';
import { MicrophoneCheck, roomText } from 'speechsite/studio-check';
import { Round } from 'speechsite/studio-round';
import { Speaker } from 'speechsite/studio-speaker';
import { verdictOn } from 'speechsite/studio-verdict';
import { GrowingWave } from 'speechsite/studio-wave';
import { Words } from 'speechsite/studio-words';
import { peaksOf, wavePath } from 'speechsite/wav';

const TAIL_MS = 150;
const LONG_PROMPT = 14;
const ICONS = { good: 'circle-check', warn: 'alert-triangle', bad: 'alert-circle' };
const WAITS = 'waits_for_listener'; // that is no refusal: somebody else is to listen first
const KEPT = { kind: 'good', title: 'Kept', text: 'Record it again, and this one is replaced.' };
const root = document.querySelector('[data-studio]');
const part = (name) => root.querySelector(`[data-${name}]`);

/** Show a verdict: an icon, a word, and nothing else that moves. */
function sayVerdict(element, { kind, title }) {
  element.className = `verdict mb-0 ${kind}`;
  element.replaceChildren(...(ICONS[kind] ? [iconElement(ICONS[kind])] : []), document.createTextNode(title));
}

class Studio {
  #state = 'idle'; // idle, opening, recording, ending, judged
  #take = null;
  #verdict = null;
  #began = 0;
  #replaced = new Set();

  constructor() {
    const data = JSON.parse(document.getElementById('studio-words').textContent);
    this.recorder = new Recorder({ workletUrl: root.dataset.worklet });
    this.meter = new Meter(part('meter'));
    this.wave = new GrowingWave(root.querySelector('.take-line path:not(.heard)'));
    this.words = new Words(data, { list: part('words'), root, choose: (place) => this.#leave(() => this.round.ask(place)) });
    this.round = new Round({ words: this.words, element: part('round'), choose: (at) => this.jump(at) });
    this.speaker = new Speaker({ dialog: document.getElementById('speaker-dialog'), known: data.speakers, changed: () => this.#showSpeaker() });
    this.check = new MicrophoneCheck({
      dialog: document.getElementById('check-dialog'), recorder: this.recorder, say: sayVerdict, failed: (problem) => this.#fail(problem),
    });
    this.#listen();
    this.#listenToSender();
    this.#show();
    this.#showSpeaker();
    this.#begin();
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
    if (before) this.#replace(before.id);
    else this.words.add(word, 1);
    sender.keep({ id: take.id, wav: take.wav, word, speaker: this.speaker.name, address: root.dataset.post });
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

  get #isKept() { return this.#state === 'idle' && this.round.spot.take !== null; }

  /** Ask who speaks and listen to the microphone, before the first take. */
  #begin() {
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
    this.wave.clear();
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

  /** Delete a take that is said again: on this device, or where the site has it already, there. */
  async #replace(id) {
    this.#replaced.add(id);
    if (await sender.forget(id)) return; // were it on its way just now, #arrived deletes it
    this.#deleteThere(id);
  }

  #deleteThere(id) {
    const address = root.dataset.clip.replace(/[0-]{36}/, id);
    fetch(address, { method: 'DELETE', headers: { Accept: 'application/json', 'X-CSRFToken': csrfToken() } }).catch(() => showNotice({
      key: 'replaced', kind: 'warn', title: 'The first take is there, too', text: 'The site did not answer when it was to be replaced. Delete it on the dataset’s page if it is not wanted.',
    }));
  }

  #forget() {
    stopPlaying();
    if (part('play-take').dataset.play) URL.revokeObjectURL(part('play-take').dataset.play);
    part('play-take').dataset.play = '';
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
    if (take.address !== root.dataset.post) return;
    this.words.add(take.word, -1);
    this.round.refuse(take.id);
    showNotice({ key: 'refused', kind: 'warn', title: `A take of “${take.word}” was not used`, text: message, code });
  }

  #arrived({ take, clip }) {
    if (this.#replaced.delete(take.id)) this.#deleteThere(take.id);
    else if (clip.rejection && clip.rejection.code !== WAITS) this.#refused({ take, ...clip.rejection });
  }

  #set(state, verdict = null) {
    this.#state = state;
    this.#verdict = verdict;
    root.dataset.state = state;
    this.#show();
  }

  #show() {
    this.#showPrompt();
    this.#showDock();
    this.#showTake();
    part('clock').textContent = '';
    document.querySelector('[data-train]').hidden = !this.words.isEnough;
  }

  #showPrompt() {
    const { word, takes } = this.words.current;
    const { isSentences, goal } = this.words;
    part('prompt').textContent = word;
    part('prompt').classList.toggle('long', word.length > LONG_PROMPT);
    if (isSentences) part('take-number').textContent = `Sentence ${this.words.at + 1} of ${this.words.words.length}`;
    else part('take-number').textContent = takes < goal ? `Take ${takes + 1} of ${goal}` : `Take ${takes + 1}`;
  }

  #showDock() {
    const isRecording = this.#state === 'recording';
    const record = part('record');
    record.setAttribute('aria-pressed', String(isRecording));
    record.setAttribute('aria-label', isRecording ? 'Stop' : 'Record');
    record.classList.toggle('on', isRecording);
    part('keep').disabled = this.#state !== 'judged';
    part('redo').disabled = this.#state !== 'judged' && !this.#isKept;
    part('keep-words').textContent = this.#verdict && this.#verdict.kind !== 'good' ? 'Keep anyway' : 'Keep, next';
  }

  #showTake() {
    const take = this.#take ?? (this.#isKept ? this.round.spot.take : null);
    part('take').hidden = !take && this.#state !== 'recording';
    part('play-take').disabled = !take;
    if (take) {
      part('play-take').dataset.play ||= URL.createObjectURL(take.wav);
      this.wave.path.setAttribute('d', wavePath(peaksOf(take.samples)));
    }
    const ask = this.words.isSentences ? 'Read it aloud, then press again.' : 'Say the word, then press again.';
    const asked = this.#state === 'recording' ? { kind: '', title: 'Recording', text: ask } : { kind: '', title: '', text: '' };
    const verdict = this.#verdict ?? (this.#isKept ? KEPT : asked);
    sayVerdict(part('verdict'), verdict);
    part('reason').textContent = verdict.text;
  }

  #showSpeaker() {
    part('speaker').textContent = this.speaker.name || 'nobody yet';
    part('consent').textContent = this.speaker.name ? 'who agreed to it.' : '';
    const room = roomText();
    if (room) part('room').textContent = room;
  }

  /** While recording: the wave grows, the seconds count, and what is too loud is said once. */
  #grow({ samples }) {
    if (this.#state !== 'recording') return;
    this.wave.add(samples);
    part('clock').textContent = `${((performance.now() - this.#began) / 1000).toFixed(1)} s`;
  }

  #level(detail) {
    if (this.check.dialog.open) return;
    this.meter.show(detail);
    if (this.#state === 'recording' && detail.clipped) part('reason').textContent = 'Too loud: move back a little.';
  }

  #listen() {
    root.querySelector('.take-line svg.wave').setAttribute('viewBox', '0 0 216 40');
    this.recorder.addEventListener('level', (event) => this.#level(event.detail));
    this.recorder.addEventListener('block', (event) => this.#grow(event.detail));
    this.recorder.addEventListener('lost', (event) => this.#fail(event.detail));
    const presses = {
      record: () => this.press(), redo: () => this.redo(), keep: () => this.keep(), skip: () => this.#leave(() => this.round.skip()),
      previous: () => this.#leave(() => this.round.previous()), 'change-speaker': () => this.speaker.ask(), 'open-words': () => this.#openWords(),
    };
    for (const [name, act] of Object.entries(presses)) part(name).addEventListener('click', act);
    for (const button of root.querySelectorAll('[data-check-again]')) button.addEventListener('click', () => this.#openCheck());
    document.getElementById('speaker-dialog').addEventListener('close', () => { this.#showSpeaker(); if (this.speaker.name) this.#begin(); });
    this.check.dialog.addEventListener('close', () => this.#showSpeaker());
    this.#listenToKeys();
    // The prompt is what counts: after a press on a button, keys belong to the studio again.
    root.addEventListener('click', (event) => event.detail > 0 && event.target.closest('button')?.blur());
  }

  #listenToKeys() {
    const jumps = Object.fromEntries([0, 1, 2, 3, 4].map((at) => [String(at + 1), () => this.jump(at)]));
    onKeys({
      ' ': () => { this.press(); }, Enter: () => this.keep(), r: () => this.redo(), p: () => this.play(), Escape: () => this.discard(),
      s: presses(part('skip')), Backspace: presses(part('previous')), m: () => this.#openCheck(), ...jumps,
    });
  }

  async #listenToSender() {
    sender.addEventListener('sent', (event) => this.#arrived(event.detail));
    sender.addEventListener('refused', (event) => this.#refused(event.detail));
    for (const take of await sender.outbox.all()) { // the site does not count these yet
      if (take.address === root.dataset.post && !take.refusal) this.words.add(take.word, 1);
    }
  }

  #openCheck() {
    if (this.#state === 'recording' || this.#state === 'ending') return;
    this.check.open();
  }

  /** On a phone the words come as a sheet; the list itself moves into it and back. */
  #openWords() {
    const sheet = document.querySelector('[data-words-sheet]');
    sheet.prepend(this.words.list);
    sheet.showModal();
    sheet.addEventListener('close', () => part('words-place').append(this.words.list), { once: true });
    this.words.list.addEventListener('click', () => sheet.close(), { once: true });
  }
}

/** Return what presses a button. */
const presses = (button) => () => { button.click(); };

new Studio();
