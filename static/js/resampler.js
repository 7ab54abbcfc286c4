// Brings sound from the device's rate to 16 kHz while it comes in (Firefox cannot be asked for another rate).
import { SAMPLE_RATE_HZ } from 'speechsite/wav';

const LOBES = 16;
const PASSED = 0.9; // of the band up to 8 kHz; what lies above would come back as something else

function greatestCommonDivisor(a, b) {
  return b ? greatestCommonDivisor(b, a % b) : a;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** A windowed sinc for every place an output sample can have between two input samples. */
function kernels(phases, step, half) {
  const cutoff = PASSED * Math.min(1, 1 / step);
  return Array.from({ length: phases }, (_, phase) => {
    const taps = Float32Array.from({ length: 2 * half }, (__, tap) => {
      const distance = tap - half + 1 - phase / phases;
      return sinc(distance * cutoff) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / half));
    });
    const sum = taps.reduce((total, value) => total + value, 0);
    return taps.map((value) => value / sum);
  });
}

export class Resampler {
  #held;
  #at = 0; // place of the next output sample behind the first held one, in parts of an input sample

  constructor(fromHz) {
    const common = greatestCommonDivisor(fromHz, SAMPLE_RATE_HZ);
    this.phases = SAMPLE_RATE_HZ / common;
    this.stride = fromHz / common;
    this.half = Math.ceil(LOBES * Math.max(1, fromHz / SAMPLE_RATE_HZ));
    this.isNeeded = fromHz !== SAMPLE_RATE_HZ;
    this.kernels = this.isNeeded ? kernels(this.phases, this.stride / this.phases, this.half) : [];
    this.#held = new Float32Array(this.half - 1);
  }

  /** Take the next samples (Float32Array) and return those at 16 kHz that can be told by now. */
  take(samples) {
    if (!this.isNeeded) return samples;
    const all = new Float32Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    const made = [];
    let first = Math.floor(this.#at / this.phases);
    while (first + 2 * this.half <= all.length) {
      made.push(this.#sum(all, first, this.kernels[this.#at % this.phases]));
      this.#at += this.stride;
      first = Math.floor(this.#at / this.phases);
    }
    const used = Math.min(first, all.length);
    this.#held = all.slice(used);
    this.#at -= used * this.phases;
    return Float32Array.from(made);
  }

  #sum(all, first, taps) {
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap += 1) sum += all[first + tap] * taps[tap];
    return sum;
  }
}
