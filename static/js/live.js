// Speaks to /ws/live/: sends sound as it comes, keeps what is not answered yet, and goes on after a lost connection.
// Events: "partial", "final", "stopped" with the server's message; "lost" {message} and "found"; "failed" {code, message}
// when the server will not hear it this way: takeRecording() gives what is left then.
import { LiveStream } from 'speechsite/live-stream';
import { SAMPLE_RATE_HZ, pcmFrame } from 'speechsite/wav';

const RETRY_MS = [250, 500, 1000, 2000, 5000];
const TRIES_AT_FIRST = 2;
const SILENT_MS = 8000;
const MOST_BUFFERED_BYTES = 2 ** 18;
const PUMP_MS = 50;
const NO_WEBSOCKET = { code: 'no_websocket', message: '' };
// The server has room again, or the connection came to rest: asked once more with the same sound.
const PASSING = new Set(['too_many_streams', 'idle', 'stream_taken_over']);

export class Live extends EventTarget {
  #socket = null;
  #stream = null;
  #failure = null;
  #tries = 0;
  #retry = 0;
  #hasWorked = false;

  constructor(url) {
    super();
    this.url = new URL(url, window.location.href);
    this.url.protocol = this.url.protocol === 'https:' ? 'wss:' : 'ws:';
    window.addEventListener('online', () => this.#retry && this.connect());
    window.addEventListener('offline', () => this.#socket && this.#lose(this.#socket));
    window.addEventListener('beforeunload', (event) => this.unansweredSeconds > 0 && event.preventDefault());
  }

  /** How much was said that is not answered yet. */
  get unansweredSeconds() { return this.#stream ? (this.#stream.end - this.#stream.settled) / SAMPLE_RATE_HZ : 0; }

  get isBusy() { return this.#stream !== null; }

  get isLost() { return this.#stream !== null && this.#tries > 0; }

  /** Why it will not be heard this way, or null. */
  get failure() { return this.#failure; }

  /** Open the connection, so that it is there when somebody speaks. */
  connect() {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#retry = 0;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#stream && this.#start());
    socket.addEventListener('message', (event) => socket === this.#socket && this.#hear(JSON.parse(event.data)));
    socket.addEventListener('close', () => socket === this.#socket && this.#lose(socket));
  }

  /** Begin to speak; a stream whose end was not sent yet goes on. */
  begin({ model, hotwords }) {
    this.#failure = null;
    if (this.#stream) {
      this.#stream.isEnded = false;
      this.connect();
      return;
    }
    this.#stream = new LiveStream({ model, hotwords });
    this.#tries = 0;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#start();
    else this.connect();
  }

  /** Say the next samples, Float32Array at 16 kHz. */
  push(samples) {
    const stream = this.#stream;
    if (!stream || !samples.length) return;
    stream.push(samples);
    this.#pump();
    if (stream.isOpen && performance.now() - stream.answeredAt > SILENT_MS) this.#lose(this.#socket);
  }

  /** All was said; "stopped" comes when all is answered. */
  end() {
    if (!this.#stream) return;
    this.#stream.isEnded = true;
    this.connect();
    this.#pump();
  }

  /** Forget what is not answered yet. */
  drop() {
    if (this.#stream?.isOpen) this.#order('drop');
    this.#forget();
  }

  /** Try again with what is kept, after a failure that may have passed. */
  goOn() {
    this.#failure = null;
    this.connect();
  }

  /** Give what is not answered yet as a WAV file, {blob, stream, position}, and forget it. */
  takeRecording() {
    const recording = this.#stream.recording();
    this.#forget();
    return recording;
  }

  #forget() {
    this.#stream = null;
    clearTimeout(this.#retry);
    this.#retry = 0;
  }

  #start() {
    const stream = this.#stream;
    stream.sent = 0;
    stream.isOpen = true;
    stream.isStopped = false;
    stream.answeredAt = performance.now();
    this.#order('start', { stream: stream.id, model: stream.model, hotwords: stream.hotwords, position: stream.settled });
    this.#pump();
  }

  /** Send what was not sent yet, no faster than it goes; the end of the stream behind it. */
  #pump() {
    const stream = this.#stream;
    if (!stream?.isOpen || this.#socket?.readyState !== WebSocket.OPEN) return;
    while (stream.sent < stream.blocks.length && this.#socket.bufferedAmount < MOST_BUFFERED_BYTES) {
      this.#socket.send(pcmFrame(stream.blocks[stream.sent]));
      stream.sent += 1;
    }
    if (stream.sent < stream.blocks.length) setTimeout(() => this.#pump(), PUMP_MS);
    else if (stream.isEnded && !stream.isStopped) {
      stream.isStopped = true;
      this.#order('stop');
    }
  }

  #order(type, values = {}) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type, ...values }));
  }

  #hear(message) {
    if (message.type === 'closed') {
      this.#failure = { code: message.code, message: message.message };
      return;
    }
    const stream = this.#stream;
    if (!stream || message.stream !== stream.id) return;
    stream.answeredAt = performance.now();
    stream.settle(message.settled ?? 0);
    if (message.type === 'ready') this.#found();
    else if (message.type === 'stopped') this.#forget();
    else if (message.type === 'final' && stream.answers.has(message.id)) return;
    if (message.type === 'final') stream.answers.add(message.id);
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }

  #found() {
    const wasLost = this.#tries > 0;
    this.#hasWorked = true;
    this.#tries = 0;
    if (wasLost) this.dispatchEvent(new CustomEvent('found'));
  }

  #lose(socket) {
    this.#socket = null;
    socket.close();
    const stream = this.#stream;
    if (!stream) return;
    stream.isOpen = false;
    if (this.#failure && !PASSING.has(this.#failure.code)) this.#fail(this.#failure);
    else if (!this.#hasWorked && this.#tries >= TRIES_AT_FIRST) this.#fail(NO_WEBSOCKET);
    else this.#wait();
  }

  #wait() {
    const detail = { message: this.#failure?.message ?? '' };
    this.#failure = null;
    this.#retry = setTimeout(() => this.connect(), RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)]);
    this.#tries += 1;
    this.dispatchEvent(new CustomEvent('lost', { detail }));
    if (this.#tries > RETRY_MS.length) this.#lookWhetherTheSiteAnswers();
  }

  /** Where pages come through and WebSockets do not, any longer, waiting is of no use. */
  async #lookWhetherTheSiteAnswers() {
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
    if (!answer?.ok || !this.isLost || this.#socket) return;
    clearTimeout(this.#retry);
    this.#fail(NO_WEBSOCKET);
  }

  #fail(failure) {
    this.#failure = failure;
    this.dispatchEvent(new CustomEvent('failed', { detail: failure }));
  }
}
