// Say a word: hold the button or Space (or tap), let go, read what was heard.
import { takeFiles } from 'speechsite/drop';
import { hearsSentences, sendRecording, showProblem } from 'speechsite/heard';
import { isTyping, onKeys } from 'speechsite/keys';
import { Meter } from 'speechsite/meter';
import { Recorder } from 'speechsite/recorder';
import { wavePath } from 'speechsite/wav';

const TAIL_MS = 150;
const SHORTEST_SECONDS = 0.15;
const SHOWN_PEAKS = 72;
const TAP_KEY = 'speechsite-tap';
const stage = document.querySelector('[data-transcribe]');
const part = (name) => stage.querySelector(`[data-${name}]`);

class Talk {
  #state = 'idle'; // idle, opening, recording, sending
  #isWanted = false;
  #peaks = [];
  #started = 0;

  constructor() {
    this.button = part('talk');
    this.hint = part('hint');
    this.recorder = new Recorder({ workletUrl: stage.dataset.worklet });
    this.meter = new Meter(stage.querySelector('[data-meter]'));
    this.recorder.addEventListener('level', (event) => this.meter.show(event.detail));
    this.recorder.addEventListener('block', (event) => this.#draw(event.detail.samples));
    this.recorder.addEventListener('lost', (event) => this.#fail(event.detail));
    this.isTapMode = window.localStorage.getItem(TAP_KEY) === '1';
    this.#listen();
    this.setTapMode(this.isTapMode);
  }

  setTapMode(isTapMode) {
    this.isTapMode = isTapMode;
    window.localStorage.setItem(TAP_KEY, isTapMode ? '1' : '0');
    const toggle = part('tap-mode');
    toggle.setAttribute('aria-pressed', String(isTapMode));
    toggle.textContent = isTapMode ? 'Hold instead of tap' : 'Tap instead of hold';
    this.#show();
  }

  async begin() {
    this.#isWanted = true;
    if (this.#state !== 'idle') return;
    this.#setState('opening');
    try {
      await this.recorder.open();
    } catch (problem) {
      this.#fail(problem);
      return;
    }
    if (!this.#isWanted) { // The button was let go while the browser asked for the microphone.
      this.#setState('idle', `The microphone is on. ${this.isTapMode ? 'Tap' : 'Hold'} the button and speak.`);
      return;
    }
    this.#peaks = [];
    this.#started = performance.now();
    await this.recorder.start();
    this.#setState('recording');
    if (!this.#isWanted) this.end();
  }

  async end() {
    this.#isWanted = false;
    if (this.#state !== 'recording') return;
    this.#setState('sending', 'Recognising');
    const take = await this.recorder.stop({ tailMs: TAIL_MS });
    this.meter.reset();
    if (!take || take.durationSeconds < SHORTEST_SECONDS) {
      this.#setState('idle', 'That was too short to hear. Keep the button down while you speak.');
      return;
    }
    await sendRecording({ stage, blob: take.wav, name: 'recording.wav', origin: 'microphone' });
    this.#setState('idle', this.#ready());
  }

  drop() {
    if (this.#state !== 'recording') return false;
    this.#isWanted = false;
    this.recorder.discard();
    this.#setState('idle', 'Dropped. Nothing was sent.');
    return true;
  }

  toggle() {
    if (this.#state === 'recording') this.end();
    else this.begin();
  }

  #listen() {
    this.button.addEventListener('pointerdown', (event) => this.#press(event));
    for (const name of ['pointerup', 'pointercancel']) this.button.addEventListener(name, () => !this.isTapMode && this.end());
    // A click without a pointer is Enter or an assistive device: it cannot hold, so it starts and stops.
    this.button.addEventListener('click', (event) => (this.isTapMode || event.detail === 0) && this.toggle());
    this.button.addEventListener('contextmenu', (event) => event.preventDefault());
    part('tap-mode').addEventListener('click', () => this.setTapMode(!this.isTapMode));
    document.addEventListener('keydown', (event) => this.#space(event, true));
    document.addEventListener('keyup', (event) => this.#space(event, false));
    document.addEventListener('visibilitychange', () => document.hidden && this.#rest());
  }

  #press(event) {
    if (this.isTapMode || event.button !== 0) return;
    this.button.setPointerCapture(event.pointerId);
    this.begin();
  }

  #space(event, isDown) {
    const isElsewhere = event.target.closest?.('button, a, summary, select') && event.target !== this.button;
    if (event.key !== ' ' || isTyping(event.target) || isElsewhere || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    if (event.repeat) return;
    if (this.isTapMode) {
      if (isDown) this.toggle();
    } else if (isDown) this.begin();
    else this.end();
  }

  #rest() {
    if (this.#state === 'recording') this.end();
    else if (this.#state === 'idle') this.recorder.close();
    this.meter.reset();
  }

  #fail(problem) {
    this.#isWanted = false;
    this.#setState('idle', 'Not listening.');
    showProblem(stage, { title: problem.title ?? 'The microphone could not be opened', text: problem.message, code: problem.code ?? 'microphone_failed' });
  }

  #draw(samples) {
    const seconds = (performance.now() - this.#started) / 1000;
    this.#peaks.push(Math.min(100, Math.round(140 * samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0))));
    part('live-wave').querySelector('path').setAttribute('d', wavePath(this.#peaks.slice(-SHOWN_PEAKS)));
    part('status').textContent = `Listening, ${seconds.toFixed(1)} s`;
    if (seconds >= Number(stage.dataset.longest)) this.end();
  }

  #ready() { return this.isTapMode ? 'Ready. Tap the button and speak.' : 'Ready. Hold the button and speak.'; }

  #setState(state, words = '') {
    this.#state = state;
    if (words) part('status').textContent = words;
    this.#show();
  }

  #show() {
    const isOn = this.#state === 'recording';
    this.button.classList.toggle('on', isOn);
    this.button.setAttribute('aria-pressed', String(isOn));
    this.button.setAttribute('aria-disabled', String(this.#state === 'sending'));
    this.button.setAttribute('aria-label', this.isTapMode ? 'Tap to speak, tap again to finish' : 'Hold to speak');
    if (isOn) this.hint.textContent = this.isTapMode ? 'Tap to finish.' : 'Let go to finish.';
    else this.hint.textContent = this.isTapMode ? 'Tap to speak.' : 'Hold to speak.';
  }
}

function showForSentences() {
  const field = part('for-sentences');
  if (field) field.hidden = !hearsSentences(stage);
  part('drop').elements.model.value = part('model').value;
}

function choose(position) {
  const choice = document.querySelectorAll('#recent > article:first-child .was-it button')[position];
  choice?.click();
  return Boolean(choice);
}

if (part('talk')) {
  const talk = new Talk();
  takeFiles(part('drop'), async (file, { at, of }) => {
    const place = of > 1 ? `${at} of ${of}, ` : '';
    if (at === 1) part('refused').replaceChildren();
    part('live-wave').querySelector('path').setAttribute('d', '');
    part('status').textContent = `Sending ${place}${file.name}`;
    await sendRecording({ stage, blob: file, name: file.name, origin: 'upload', place, refused: of > 1 ? part('refused') : null });
    part('status').textContent = 'Ready.';
  });
  showForSentences();
  part('model').addEventListener('change', showForSentences);
  onKeys({
    t: () => talk.setTapMode(!talk.isTapMode),
    Escape: () => talk.drop(),
    1: () => choose(0), 2: () => choose(1), 3: () => choose(2),
  });
}
