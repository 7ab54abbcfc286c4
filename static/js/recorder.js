// The microphone, for the record and the transcribe page: as it is, without the browser's own cleaning.
import { gettext } from 'speechsite/language';
import { SAMPLE_RATE_HZ, joined, levelsOf, resampled, wavBlob } from 'speechsite/wav';

const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
const BLOCK_MS = 50;
const PREROLL_MS = 100;
const SENTENCES = {
  microphone_blocked: [
    gettext('The browser blocks the microphone'),
    gettext('Click the icon left of the address, choose Microphone, Allow. Then ask again.'),
  ],
  microphone_missing: [
    gettext('No microphone is plugged in'),
    gettext('Connect one and ask again. You can always upload files.'),
  ],
  microphone_busy: [
    gettext('Another program holds the microphone'),
    gettext('Close the call or the recorder that uses it, then ask again.'),
  ],
  insecure_page: [
    gettext('The microphone needs a secure address'),
    gettext('Browsers give it to https pages and to localhost only. Open the site under such an address.'),
  ],
  microphone_failed: [
    gettext('The microphone could not be opened'),
    gettext('Choose another device or reload the page. Nothing you recorded is lost.'),
  ],
};
const CODES = {
  NotAllowedError: 'microphone_blocked', SecurityError: 'microphone_blocked',
  NotFoundError: 'microphone_missing', OverconstrainedError: 'microphone_missing',
  NotReadableError: 'microphone_busy', AbortError: 'microphone_busy',
};

/** Why there is no microphone: a stable code, a title and a sentence that says what to do. */
export class RecorderError extends Error {
  constructor(code, cause) {
    super(SENTENCES[code][1], { cause });
    [this.code, this.title] = [code, SENTENCES[code][0]];
  }
}

/** List the microphones; their names are known only after the first open(). */
export async function microphones() {
  const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return devices.filter((device) => device.kind === 'audioinput');
}

/**
 * Events: "level" {rmsDbfs, peakDbfs, clipped} with each block while open; "block" {samples} while recording
 * (Float32Array at this.rateHz, from the first sample of the take); "lost" when the device goes away.
 */
export class Recorder extends EventTarget {
  #blocks = null;
  #before = [];
  #tail = null;

  /**
   * workletUrl: the static address of recorder-worklet.js (worklets do not read import maps). isLive: blocks of 25 ms are
   * handed on as they come and not kept; stop() gives nothing then.
   */
  constructor({ workletUrl, isLive = false }) {
    super();
    this.workletUrl = workletUrl;
    this.isLive = isLive;
    this.blockMs = isLive ? BLOCK_MS / 2 : BLOCK_MS;
    this.context = null;
    this.stream = null;
  }

  get isOpen() { return this.context !== null; }

  get isRecording() { return this.#blocks !== null; }

  get rateHz() { return this.context?.sampleRate ?? SAMPLE_RATE_HZ; }

  /** Ask for the microphone. Throws RecorderError. Must follow a press the first time. */
  async open({ deviceId } = {}) {
    if (this.isOpen) return;
    if (!window.isSecureContext || !navigator.mediaDevices) throw new RecorderError('insecure_page');
    try {
      const audio = deviceId ? { ...RAW, deviceId: { exact: deviceId } } : RAW;
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
      await this.#connect();
    } catch (cause) {
      this.#release();
      throw new RecorderError(CODES[cause.name] ?? 'microphone_failed', cause);
    }
    this.stream.getAudioTracks()[0].addEventListener('ended', () => this.#lose());
  }

  /** Begin a take. The last 100 ms before the press belong to it: people speak as they press. */
  async start() {
    await this.context.resume();
    this.#blocks = [];
    this.#before.forEach((samples) => this.#keep(samples));
  }

  /** End the take after tailMs more and return it: {wav, samples, durationSeconds, peakDbfs, rmsDbfs, clipped}. */
  async stop({ tailMs = 0 } = {}) {
    const blocks = this.#blocks;
    if (!blocks) return null;
    if (tailMs > 0 && this.isOpen) await this.#waitFor(tailMs);
    this.#blocks = null;
    if (this.isLive) return null;
    const samples = await resampled(joined(blocks), this.rateHz);
    return { wav: wavBlob(samples), samples, durationSeconds: samples.length / SAMPLE_RATE_HZ, ...levelsOf(samples) };
  }

  /** Drop the take that is running. */
  discard() { this.#blocks = null; }

  /** Give the microphone back; the browser's red dot goes out. */
  close() {
    this.discard();
    this.#release();
  }

  async #connect() {
    this.context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ });
    try {
      await this.#listen();
    } catch (cause) {
      // Firefox joins a microphone only to a context of the device's own rate; stop() resamples then.
      if (cause.name !== 'NotSupportedError') throw cause;
      await this.context.close();
      this.context = new AudioContext();
      await this.#listen();
    }
  }

  async #listen() {
    await this.context.audioWorklet.addModule(this.workletUrl);
    const source = this.context.createMediaStreamSource(this.stream);
    const collector = new AudioWorkletNode(this.context, 'block-collector', {
      numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { blockMs: this.blockMs },
    });
    collector.port.onmessage = (event) => this.#take(event.data);
    source.connect(collector);
    await this.context.resume();
  }

  #take(samples) {
    this.#before = [...this.#before, samples].slice(-Math.ceil(PREROLL_MS / this.blockMs));
    if (this.#blocks) this.#keep(samples);
    this.dispatchEvent(new CustomEvent('level', { detail: levelsOf(samples) }));
    if (this.#tail && (this.#tail.blocksLeft -= 1) <= 0) this.#endTail();
  }

  #keep(samples) {
    if (!this.isLive) this.#blocks.push(samples);
    this.dispatchEvent(new CustomEvent('block', { detail: { samples } }));
  }

  #waitFor(tailMs) {
    return new Promise((resolve) => {
      this.#tail = { blocksLeft: Math.ceil(tailMs / this.blockMs), resolve };
    });
  }

  #endTail() {
    this.#tail?.resolve();
    this.#tail = null;
  }

  #lose() {
    this.#release();
    this.dispatchEvent(new CustomEvent('lost', { detail: new RecorderError('microphone_missing') }));
  }

  #release() {
    this.stream?.getTracks().forEach((track) => track.stop());
    if (this.context?.state !== 'closed') this.context?.close();
    this.stream = null;
    this.context = null;
    this.#before = [];
    this.#endTail();
  }
}
