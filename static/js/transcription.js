// One recording: play, seek, loop, and play from a word by pressing it. Text and player may come while the page is open.
import { onKeys } from 'speechsite/keys';
import 'speechsite/models';
import { showNotice } from 'speechsite/notice';
import { fillWave } from 'speechsite/player';
import { SpokenWords } from 'speechsite/spoken-words';

const SPEEDS = [1, 1.25, 1.5, 0.5, 0.75];
const STEP_SECONDS = 1;
const BACK_SECONDS = 2;

function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const minutes = Math.floor(tenths / 600);
  const rest = ((tenths - minutes * 600) / 10).toFixed(1).padStart(4, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

class Player {
  constructor(panel) {
    this.panel = panel;
    this.duration = Number(panel.dataset.duration);
    this.audio = new Audio(panel.dataset.audio);
    this.audio.preload = 'metadata';
    this.words = new SpokenWords(document.querySelector('[data-words]'), (from) => this.playFrom(from));
    this.part = (name) => panel.querySelector(`[data-${name}]`);
    this.part('total').textContent = `of ${clock(this.duration)}`;
    this.#listen();
  }

  toggle() {
    if (this.audio.paused) this.#play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(this.duration, seconds));
    this.#show();
  }

  playFrom(seconds) {
    this.seek(seconds);
    this.#play();
  }

  #listen() {
    this.part('toggle').addEventListener('click', () => this.toggle());
    this.part('back').addEventListener('click', () => this.seek(this.audio.currentTime - BACK_SECONDS));
    this.part('seek').addEventListener('input', (event) => this.seek(Number(event.target.value)));
    this.part('loop').addEventListener('click', () => this.#toggleLoop());
    this.part('speed').addEventListener('click', () => this.#nextSpeed());
    for (const name of ['play', 'pause', 'ended', 'seeked']) this.audio.addEventListener(name, () => this.#show());
    this.audio.addEventListener('error', () => this.#fail());
  }

  #play() {
    this.audio.play().then(() => this.#follow(), (reason) => reason.name !== 'AbortError' && this.#fail());
  }

  #follow() {
    this.#show();
    if (!this.audio.paused) requestAnimationFrame(() => this.#follow());
  }

  #show() {
    const now = this.audio.currentTime;
    this.part('now').textContent = clock(now);
    this.part('seek').value = now;
    this.part('seek').setAttribute('aria-valuetext', `${clock(now)} of ${clock(this.duration)}`);
    fillWave(this.panel.querySelector('svg.wave'), now / this.duration);
    this.#showButton();
    this.words.show(this.audio.paused ? null : now);
  }

  #showButton() {
    const button = this.part('toggle');
    const name = this.audio.paused ? 'player-play' : 'player-pause';
    const use = button.querySelector('use');
    use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#${name}-filled`));
    button.setAttribute('aria-label', this.audio.paused ? 'Play' : 'Pause');
  }

  #toggleLoop() {
    this.audio.loop = !this.audio.loop;
    this.part('loop').setAttribute('aria-pressed', String(this.audio.loop));
  }

  #nextSpeed() {
    const speed = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    this.audio.playbackRate = speed;
    const text = `${speed === 1 ? '1.0' : speed}×`;
    this.part('speed').textContent = text;
    this.part('speed').setAttribute('aria-label', `${text}, speed`);
  }

  #fail() {
    showNotice({
      key: 'player', kind: 'bad', title: 'The recording was not played',
      text: 'The connection may be gone. Nothing was changed; reload the page and try again.',
    });
  }
}

let player = null;

/** Wake the player once it is there: a recording that is still being read has none yet. */
function wake() {
  const panel = document.querySelector('[data-audio]');
  if (panel && document.querySelector('[data-words]')) player ??= new Player(panel);
}

wake();
document.addEventListener('htmx:load', wake);
onKeys({
  ' ': () => player?.toggle(),
  ArrowLeft: () => player?.seek(player.audio.currentTime - STEP_SECONDS),
  ArrowRight: () => player?.seek(player.audio.currentTime + STEP_SECONDS),
  e: () => document.getElementById('text')?.focus(),
});
