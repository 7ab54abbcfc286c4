// One recording: play, seek, speed, a line over and over. It tells whoever listens which moment sounds.
import { clock } from 'speechsite/clock';
import { gettext, language } from 'speechsite/language';
import { showNotice } from 'speechsite/notice';
import { ReviewWave } from 'speechsite/review-wave';

const SPEEDS = [1, 1.25, 1.5, 2, 0.5, 0.75];
const [SLOWEST, FASTEST, SPEED_STEP] = [0.5, 2, 0.1];
export const SKIP_SECONDS = 2;

export class ReviewPlayer {
  #loop = null;

  /** `onTime(seconds, isPlaying)` hears of every moment, `onSeek(seconds)` of every place somebody goes to;
   *  `lineNow()` gives {start, end} of the line to loop. */
  constructor(panel, { onTime, onSeek, lineNow }) {
    this.panel = panel;
    this.duration = Number(panel.dataset.duration);
    this.onTime = onTime;
    this.onSeek = onSeek;
    this.lineNow = lineNow;
    this.audio = new Audio(panel.dataset.audio);
    this.audio.preload = 'metadata';
    this.part = (name) => panel.querySelector(`[data-${name}]`);
    this.part('total').textContent = gettext('of {length}', { length: clock(this.duration) });
    this.wave = new ReviewWave(panel, this.duration, (seconds) => this.#goTo(seconds));
    this.#listen();
  }

  get now() {
    return this.audio.currentTime;
  }

  toggle() {
    if (this.audio.paused) this.#play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(this.duration, seconds));
    this.#show();
  }

  skip(seconds) {
    this.seek(this.now + seconds);
  }

  playFrom(seconds) {
    this.seek(seconds);
    if (this.audio.paused) this.#play();
  }

  /** Go faster or slower by so many steps of 0.1. */
  changeSpeed(steps) {
    const wanted = Math.round((this.audio.playbackRate + steps * SPEED_STEP) * 10) / 10;
    this.#setSpeed(Math.min(FASTEST, Math.max(SLOWEST, wanted)));
  }

  /** Play the line over and over, or go on behind it. */
  toggleLoop() {
    this.#loop = this.#loop ? null : this.lineNow();
    this.part('loop').setAttribute('aria-pressed', String(Boolean(this.#loop)));
    if (this.#loop && (this.now < this.#loop.start || this.now >= this.#loop.end)) this.seek(this.#loop.start);
    if (this.#loop && this.audio.paused) this.#play();
  }

  #listen() {
    this.part('toggle').addEventListener('click', () => this.toggle());
    this.part('back').addEventListener('click', () => this.skip(-SKIP_SECONDS));
    this.part('seek').addEventListener('input', (event) => this.#goTo(Number(event.target.value)));
    this.part('loop').addEventListener('click', () => this.toggleLoop());
    this.part('speed').addEventListener('click', () => this.#nextSpeed());
    for (const name of ['play', 'pause', 'ended', 'seeked']) this.audio.addEventListener(name, () => this.#show());
    this.audio.addEventListener('ended', () => this.#again());
    this.audio.addEventListener('error', () => this.#fail());
  }

  #goTo(seconds) {
    this.seek(seconds);
    this.onSeek(seconds);
  }

  #play() {
    this.audio.play().then(() => this.#follow(), (reason) => reason.name !== 'AbortError' && this.#fail());
  }

  #follow() {
    if (this.#loop && this.now >= this.#loop.end) this.audio.currentTime = this.#loop.start;
    this.#show();
    if (!this.audio.paused) requestAnimationFrame(() => this.#follow());
  }

  /** A line that ends with the recording is looped too. */
  #again() {
    if (this.#loop) this.playFrom(this.#loop.start);
  }

  #show() {
    const now = this.now;
    this.part('now').textContent = clock(now);
    this.part('seek').value = now;
    const text = gettext('{now} of {length}', { now: clock(now), length: clock(this.duration) });
    this.part('seek').setAttribute('aria-valuetext', text);
    this.wave.show(now);
    this.#showButton();
    this.onTime(now, !this.audio.paused);
  }

  #showButton() {
    const button = this.part('toggle');
    const name = this.audio.paused ? 'player-play' : 'player-pause';
    const label = this.audio.paused ? gettext('Play') : gettext('Pause');
    if (button.getAttribute('aria-label') === label) return;
    const use = button.querySelector('use');
    use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#${name}-filled`));
    button.setAttribute('aria-label', label);
  }

  #nextSpeed() {
    this.#setSpeed(SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length]);
  }

  #setSpeed(speed) {
    this.audio.playbackRate = speed;
    const text = `${speed.toLocaleString(language, { minimumFractionDigits: 1 })}×`;
    this.part('speed').textContent = text;
    this.part('speed').setAttribute('aria-label', gettext('{speed}, speed', { speed: text }));
  }

  #fail() {
    showNotice({
      key: 'player', kind: 'bad', title: gettext('The recording was not played'),
      text: gettext('The connection may be gone. Nothing was changed; reload the page and try again.'),
    });
  }
}
