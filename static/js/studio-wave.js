// The take as it grows: a bar for every block, and two become one when there is no room for more.
import { wavePath } from 'speechsite/wav';

const MOST_BARS = 72;

export class GrowingWave {
  #peaks = [];
  #blocksPerBar = 1;
  #blocks = [];

  /** path: the element of the drawn wave. */
  constructor(path) { this.path = path; }

  clear() {
    this.#peaks = [];
    this.#blocks = [];
    this.#blocksPerBar = 1;
    this.path.setAttribute('d', '');
  }

  add(samples) {
    this.#blocks.push(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
    if (this.#blocks.length < this.#blocksPerBar) return;
    this.#peaks.push(100 * Math.max(...this.#blocks));
    this.#blocks = [];
    if (this.#peaks.length > MOST_BARS) this.#halve();
    this.path.setAttribute('d', wavePath(this.#peaks));
  }

  #halve() {
    this.#peaks = this.#peaks.flatMap((peak, at) => (at % 2 ? [] : [Math.max(peak, this.#peaks[at + 1] ?? 0)]));
    this.#blocksPerBar *= 2;
  }
}
