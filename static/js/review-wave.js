// The wave of a recording: the whole of it as the page drew it, or a window from nearer, drawn of peaks the site measured.
import { clock } from 'speechsite/clock';
import { gettext } from 'speechsite/language';
import { fillWave } from 'speechsite/player';

const BARS = 288;
const BAR_WIDTH = 3;
const HEIGHT = 40;
const REACH = 36;
const THINNEST = 1.2;
const NEAREST_SECONDS = 8;
const STEP = 4;
const LABELS = 8;
const NICE_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
// The sound comes in from the left: the playhead never stands at the very edge of a window.
const LEAD = 0.1;

function drawing(peaks) {
  return peaks.map((peak, place) => {
    const tall = Math.max(THINNEST, (Math.min(100, peak) / 100) * REACH);
    return `M${(place * BAR_WIDTH + 0.3).toFixed(1)} ${((HEIGHT - tall) / 2).toFixed(1)}h2v${tall.toFixed(1)}h-2z`;
  }).join('');
}

export class ReviewWave {
  #kept = new Map();
  #windowSeconds;
  #start = 0;
  #now = 0;
  #line = null;

  constructor(panel, duration, onSeek) {
    this.panel = panel;
    this.duration = duration;
    this.#windowSeconds = duration;
    this.part = (name) => panel.querySelector(`[data-${name}]`);
    this.wave = this.part('wave').querySelector('svg.wave');
    this.whole = { path: this.wave.querySelector('path').getAttribute('d'), box: this.wave.getAttribute('viewBox') };
    this.part('zooms').hidden = duration < 2 * NEAREST_SECONDS;
    this.part('zoom-in').addEventListener('click', () => this.zoom(1 / STEP));
    this.part('zoom-out').addEventListener('click', () => this.zoom(STEP));
    this.#listen(this.part('wave'), onSeek, () => ({ start: this.#start, seconds: this.#windowSeconds }));
    this.#listen(this.part('overview'), onSeek, () => ({ start: 0, seconds: this.duration }));
    this.#draw();
  }

  /** Show a moment in seconds. */
  show(now) {
    this.#now = now;
    if (now < this.#start || now > this.#start + this.#windowSeconds) this.#moveTo(now);
    const share = (now - this.#start) / this.#windowSeconds;
    fillWave(this.wave, share);
    this.part('playhead').style.insetInlineStart = `${Math.min(1, Math.max(0, share)) * 100}%`;
  }

  /** Mark a line, or none. */
  showLine(line) {
    this.#line = line;
    const region = this.part('region');
    const from = line ? Math.max(0, (line.start - this.#start) / this.#windowSeconds) : 1;
    const to = line ? Math.min(1, (line.end - this.#start) / this.#windowSeconds) : 0;
    region.hidden = to <= from;
    this.#place(region, from, to);
  }

  /** Look from nearer (a factor below 1) or from further. */
  zoom(factor) {
    const wanted = this.#windowSeconds * factor;
    this.#windowSeconds = Math.min(this.duration, Math.max(NEAREST_SECONDS, wanted));
    this.#moveTo(this.#now);
  }

  #moveTo(now) {
    this.#start = Math.max(0, Math.min(now - LEAD * this.#windowSeconds, this.duration - this.#windowSeconds));
    this.#draw();
  }

  #place(element, from, to) {
    element.style.left = `${from * 100}%`;
    element.style.width = `${Math.max(0, to - from) * 100}%`;
  }

  async #draw() {
    const isWhole = this.#windowSeconds >= this.duration;
    this.#drawRuler();
    this.#drawZoom(isWhole);
    this.showLine(this.#line);
    if (isWhole) return this.#put(this.whole.path, this.whole.box);
    const [start, seconds] = [this.#start, this.#windowSeconds];
    const peaks = await this.#peaks(start, start + seconds);
    if (peaks.length && start === this.#start && seconds === this.#windowSeconds) {
      this.#put(drawing(peaks), `0 0 ${peaks.length * BAR_WIDTH} ${HEIGHT}`);
    }
    return undefined;
  }

  #put(path, box) {
    this.wave.setAttribute('viewBox', box);
    this.wave.querySelector('path:not(.heard)').setAttribute('d', path);
    this.show(this.#now);
  }

  async #peaks(start, end) {
    const query = `?start=${start.toFixed(2)}&end=${end.toFixed(2)}&count=${BARS}`;
    if (!this.#kept.has(query)) {
      this.#kept.set(query, fetch(this.panel.dataset.peaks + query).then((answer) => answer.json()).then((told) => told.peaks, () => []));
    }
    const peaks = await this.#kept.get(query);
    if (!peaks.length) this.#kept.delete(query);
    return peaks;
  }

  #drawZoom(isWhole) {
    this.part('zoom-said').textContent = isWhole ? gettext('all') : clock(this.#windowSeconds).replace(/\.\d$/, '');
    this.part('zoom-out').disabled = isWhole;
    this.part('zoom-in').disabled = this.#windowSeconds <= NEAREST_SECONDS;
    this.part('overview').hidden = isWhole;
    this.#place(this.part('window'), this.#start / this.duration, (this.#start + this.#windowSeconds) / this.duration);
  }

  #drawRuler() {
    const step = NICE_SECONDS.find((seconds) => this.#windowSeconds / seconds <= LABELS) ?? NICE_SECONDS.at(-1);
    const marks = [];
    for (let at = Math.ceil(this.#start / step) * step; at < this.#start + this.#windowSeconds; at += step) {
      const mark = document.createElement('span');
      mark.textContent = clock(at).replace(/\.\d$/, '');
      mark.style.left = `${((at - this.#start) / this.#windowSeconds) * 100}%`;
      marks.push(mark);
    }
    this.part('ruler').replaceChildren(...marks);
  }

  #listen(element, onSeek, windowNow) {
    const seek = (event) => {
      const box = element.getBoundingClientRect();
      const { start, seconds } = windowNow();
      onSeek(start + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * seconds);
    };
    element.addEventListener('pointerdown', (event) => {
      element.setPointerCapture(event.pointerId);
      seek(event);
    });
    element.addEventListener('pointermove', (event) => event.buttons === 1 && seek(event));
  }
}
