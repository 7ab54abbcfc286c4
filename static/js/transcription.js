// One recording: play, seek, loop, and hear a word by pressing it.
import { onKeys } from 'speechsite/keys';
import 'speechsite/models';
import { showNotice } from 'speechsite/notice';
import { fillWave } from 'speechsite/player';

const SPEEDS = [1, 1.25, 1.5, 0.5, 0.75];
const STEP_SECONDS = 1;
const BACK_SECONDS = 2;

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(1).padStart(4, '0')}`;
}

class Player {
  #until = null;

  constructor(panel) {
    this.panel = panel;
    this.duration = Number(panel.dataset.duration);
    this.audio = new Audio(panel.dataset.audio);
    this.audio.preload = 'metadata';
    this.words = [...document.querySelectorAll('.segs .w[data-from]')];
    this.part = (name) => panel.querySelector(`[data-${name}]`);
    this.part('total').textContent = `of ${clock(this.duration)}`;
    this.#listen();
  }

  toggle() {
    this.#until = null;
    if (this.audio.paused) this.#play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.#until = null;
    this.audio.currentTime = Math.max(0, Math.min(this.duration, seconds));
    this.#show();
  }

  playPart(from, to) {
    this.audio.currentTime = from;
    this.#until = to;
    this.#play();
  }

  #listen() {
    this.part('toggle').addEventListener('click', () => this.toggle());
    this.part('back').addEventListener('click', () => this.seek(this.audio.currentTime - BACK_SECONDS));
    this.part('seek').addEventListener('input', (event) => this.seek(Number(event.target.value)));
    this.part('loop').addEventListener('click', () => this.#toggleLoop());
    this.part('speed').addEventListener('click', () => this.#nextSpeed());
    for (const word of this.words) {
      word.addEventListener('click', () => this.playPart(Number(word.dataset.from), Number(word.dataset.to)));
    }
    for (const name of ['play', 'pause', 'ended', 'seeked']) this.audio.addEventListener(name, () => this.#show());
    this.audio.addEventListener('error', () => this.#fail());
  }

  #play() {
    this.audio.play().then(() => this.#follow(), (reason) => reason.name !== 'AbortError' && this.#fail());
  }

  #follow() {
    if (this.#until !== null && this.audio.currentTime >= this.#until) {
      this.audio.pause();
      this.#until = null;
    }
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
    const isPlaying = !this.audio.paused;
    for (const word of this.words) {
      const isNow = isPlaying && now >= Number(word.dataset.from) && now < Number(word.dataset.to);
      word.classList.toggle('now', isNow);
    }
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

const panel = document.querySelector('[data-audio]');
if (panel) {
  const player = new Player(panel);
  onKeys({
    ' ': () => player.toggle(),
    ArrowLeft: () => player.seek(player.audio.currentTime - STEP_SECONDS),
    ArrowRight: () => player.seek(player.audio.currentTime + STEP_SECONDS),
    e: () => document.getElementById('text')?.focus(),
  });
}
