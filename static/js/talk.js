// Say something, read the words as you say them: from the microphone to the server, from its answers to the page.
import { answerShown, hotwordsOf, languageOf, modelOf, sendRecording, showProblem } from 'speechsite/heard';
import { decimal, gettext } from 'speechsite/language';
import { Live } from 'speechsite/live';
import { LiveWords } from 'speechsite/live-words';
import { Meter } from 'speechsite/meter';
import { Recorder } from 'speechsite/recorder';
import { Resampler } from 'speechsite/resampler';
import { TalkButton } from 'speechsite/talk-button';
import { SAMPLE_RATE_HZ, wavePath } from 'speechsite/wav';

const TAIL_MS = 150;
const SHOWN_PEAKS = 72;
const MOST_UNANSWERED_SECONDS = 600;
// These pass, or end with a press: the sound stays on the page and is sent the same way again.
const KEPT_FOR = new Set(['not_authenticated', 'model_not_found', 'hotwords_refused']);

export class Talk {
  #state = 'idle'; // idle, opening, recording, sending
  #isWanted = false;
  #peaks = [];
  #samples = 0;
  #answers = 0;
  #isWarned = false;

  constructor(stage) {
    this.stage = stage;
    this.button = new TalkButton(stage, { begin: () => this.begin(), end: () => this.end(), toggle: () => this.toggle() });
    this.recorder = new Recorder({ workletUrl: stage.dataset.worklet, isLive: true });
    this.live = new Live(stage.dataset.live);
    this.words = new LiveWords(this.#part('heard'));
    this.meter = new Meter(stage.querySelector('[data-meter]'));
    this.#hearRecorder();
    this.#hearLive();
    document.addEventListener('visibilitychange', () => document.hidden && this.#rest());
  }

  async begin() {
    this.#isWanted = true;
    const isAgain = this.#state === 'sending' && this.live.isLost && !this.recorder.isRecording;
    if (this.#state !== 'idle' && !isAgain) return;
    this.#setState('opening');
    this.live.connect();
    try {
      await this.recorder.open();
    } catch (problem) {
      this.#fail(problem);
      return;
    }
    if (!this.#isWanted) { // The button was let go while the browser asked for the microphone.
      this.#setState('idle', this.button.openText);
      return;
    }
    await this.#listen();
    if (!this.#isWanted) this.end();
  }

  async end() {
    this.#isWanted = false;
    if (this.#state !== 'recording') return;
    this.#setState('sending', this.live.isLost ? '' : gettext('Recognising'));
    await this.recorder.stop({ tailMs: TAIL_MS });
    this.meter.reset();
    if (this.live.failure) this.#sendAsRecording();
    else this.live.end();
  }

  drop() {
    if (this.#state !== 'recording' && this.#state !== 'sending') return false;
    this.#isWanted = false;
    this.recorder.discard();
    this.live.drop();
    this.words.end();
    this.#setState('idle', this.#answers ? gettext('Dropped what was not finished. What stands here is kept.') : gettext('Dropped. Nothing was kept.'));
    return true;
  }

  toggle() {
    if (this.#state === 'recording') this.end();
    else this.begin();
  }

  async #listen() {
    if (!this.live.isBusy) {
      [this.#peaks, this.#samples, this.#answers] = [[], 0, 0];
      this.words.begin(languageOf(this.stage));
    }
    this.resampler = new Resampler(this.recorder.rateHz);
    this.live.begin({ model: modelOf(this.stage), hotwords: hotwordsOf(this.stage) });
    this.#setState('recording', '');
    await this.recorder.start();
  }

  #hearRecorder() {
    this.recorder.addEventListener('level', (event) => this.meter.show(event.detail));
    this.recorder.addEventListener('block', (event) => this.#take(event.detail.samples));
    this.recorder.addEventListener('lost', (event) => {
      this.end();
      this.#fail(event.detail);
    });
  }

  #hearLive() {
    const on = (name, act) => this.live.addEventListener(name, (event) => act(event.detail));
    on('partial', (shown) => this.words.show(shown));
    on('final', (answer) => this.#answer(answer));
    on('stopped', () => this.#stopped());
    on('lost', (reason) => this.#tell(reason.message || gettext('The connection is lost. What you say is kept here, and heard when it is back.'), { isWarning: true }));
    on('found', () => this.#tell(this.#state === 'recording' ? gettext('Listening') : gettext('Connected again. Recognising')));
    on('failed', (failure) => this.#refused(failure));
  }

  #part(name) { return this.stage.querySelector(`[data-${name}]`); }

  #rest() {
    if (this.#state === 'recording') this.end();
    else if (this.#state === 'idle') this.recorder.close();
    this.meter.reset();
  }

  #take(samples) {
    const spoken = this.resampler.take(samples);
    this.#samples += spoken.length;
    this.live.push(spoken);
    this.#draw(samples);
    const longest = this.live.failure ? Number(this.stage.dataset.longest) : MOST_UNANSWERED_SECONDS;
    if (this.live.unansweredSeconds >= longest) this.end();
  }

  #answer(answer) {
    this.#answers += 1;
    this.words.add(answer);
    answerShown({ stage: this.stage, id: answer.id, words: this.words });
  }

  #stopped() {
    this.words.end();
    const isWanted = this.#isWanted;
    this.#setState('idle', this.button.readyText);
    if (isWanted) this.begin();
  }

  #refused(failure) {
    if (KEPT_FOR.has(failure.code)) {
      if (this.#state === 'recording') this.end();
      showProblem(this.stage, { title: gettext('Not heard yet'), text: failure.message, code: failure.code }, () => this.#goOn());
      this.#setState('idle', gettext('What you said is kept on this page.'));
    } else if (this.#state === 'recording') this.#tell(gettext('Listening'));
    else this.#sendAsRecording();
  }

  #goOn() {
    this.words.begin(languageOf(this.stage));
    this.#setState('sending', gettext('Recognising'));
    this.live.goOn();
    this.live.end();
  }

  /** The old way, where no WebSocket can be had: all at once, when it was said. */
  async #sendAsRecording() {
    if (KEPT_FOR.has(this.live.failure.code)) return;
    this.#setState('sending', gettext('Recognising'));
    await sendRecording({ stage: this.stage, name: 'recording.wav', origin: 'microphone', ...this.live.takeRecording() });
    this.#setState('idle', this.button.readyText);
  }

  #fail(problem) {
    this.#isWanted = false;
    this.#setState('idle', gettext('Not listening.'));
    showProblem(this.stage, { title: problem.title ?? gettext('The microphone could not be opened'), text: problem.message, code: problem.code ?? 'microphone_failed' });
  }

  #draw(samples) {
    this.#peaks.push(Math.min(100, Math.round(140 * samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0))));
    this.#part('live-wave').querySelector('path').setAttribute('d', wavePath(this.#peaks.slice(-SHOWN_PEAKS)));
    this.#part('seconds').textContent = `${this.#isWarned ? '' : ','} ${decimal(this.#samples / SAMPLE_RATE_HZ, 1)} s`;
  }

  /** Say how things stand; the seconds beside it tick for the eye alone. */
  #tell(words, { isWarning = false } = {}) {
    this.#isWarned = isWarning;
    this.#part('status').classList.toggle('warned', isWarning);
    this.#part('status-words').textContent = words;
  }

  #setState(state, words = null) {
    this.#state = state;
    const isOn = state === 'recording';
    if (isOn && !this.live.isLost) this.#tell(gettext('Listening'));
    else if (words) this.#tell(words);
    if (!isOn) this.#part('seconds').textContent = '';
    this.button.show(isOn, { isWaiting: state === 'sending' && !this.live.isLost });
  }
}
