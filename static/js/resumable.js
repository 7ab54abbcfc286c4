// A file on its way to the site in pieces (tus 1.0): it goes on where it stopped, whatever broke in between.
import 'tus-js-client';
import { hashOf } from 'speechsite/file-hash';
import { csrfToken } from 'speechsite/htmx-setup';

const { tus } = window;
/** What the site answers to somebody whose login has ended. */
export const LOGGED_OUT = new Set([401, 403]);
const FIRST_PIECE = 1024 ** 2;
const SMALLEST_PIECE = 256 * 1024;
const LARGEST_PIECE = 64 * 1024 ** 2;
const PIECE_SECONDS = 8; // a piece is through long before a proxy loses patience
const SPEED_SECONDS = 10;
const RETRY_MS = [500, 1_000, 2_000, 5_000, ...Array(240).fill(10_000)];
const PASSING = new Set([0, 408, 409, 423, 425, 429, 460]);

const statusOf = (problem) => problem.originalResponse?.getStatus() ?? 0;

/** Why an upload stopped for good: `code` and `message` of the site where it gave them, `status` 0 without an answer. */
export class UploadProblem extends Error {
  constructor(problem) {
    super(problem.message);
    this.status = statusOf(problem);
    try {
      const { code, message } = JSON.parse(problem.originalResponse.getBody()).error;
      Object.assign(this, { code, message });
    } catch {
      this.code = this.status ? `http_${this.status}` : 'connection';
      this.message = '';
    }
  }
}

/**
 * One file being sent. Events: `progress` {sent, total, bytesPerSecond}, `waiting` (the line is gone, it tries again),
 * `resumed` {from}. `identity` names the file, so that the same one goes on where it stopped, after a closed tab too.
 */
export class Resumable extends EventTarget {
  #upload;
  #hash;
  #stop = new AbortController();
  #done = {};
  #marks = [];
  #pieceBegan = 0;
  #isRunning = false;

  constructor({ endpoint, blob, name, identity, purpose = '' }) {
    super();
    this.#upload = new tus.Upload(blob, {
      endpoint,
      chunkSize: FIRST_PIECE,
      metadata: { filename: name, filetype: blob.type || 'application/octet-stream', ...(purpose && { purpose }) },
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: false, // until it is taken, all of it may be asked for again; then the site forgets it
      fingerprint: async () => `speechsite-upload-${identity}`,
      onBeforeRequest: (request) => {
        request.setHeader('X-CSRFToken', csrfToken());
        request.setHeader('Accept', 'application/json');
      },
      onShouldRetry: (problem) => this.#shouldRetry(statusOf(problem)),
      onProgress: (sent, total) => this.#progress(sent, total),
      onChunkComplete: (size) => this.#fitPiece(size),
      onSuccess: () => this.#done.resolve(),
      onError: (problem) => { this.#isRunning = false; this.#done.reject(new UploadProblem(problem)); },
    });
    this.#hash = hashOf(blob, { signal: this.#stop.signal });
    this.#hash.catch(() => {}); // told by send(), which may not wait for it yet
    window.addEventListener('online', this.#goOnNow, { signal: this.#stop.signal });
  }

  /** Send what is missing; resolves to {id, sha256} when all has arrived. Rejects with an UploadProblem. */
  async send() {
    const all = new Promise((resolve, reject) => { this.#done = { resolve, reject }; });
    const earlier = this.#upload.url ? [] : await this.#upload.findPreviousUploads();
    const newest = earlier.sort((one, other) => Date.parse(other.creationTime) - Date.parse(one.creationTime))[0];
    if (newest) this.#upload.resumeFromPreviousUpload(newest);
    this.#start();
    await all;
    const sha256 = await this.#hash;
    this.#stop.abort(new DOMException('done', 'AbortError'));
    return { id: this.#upload.url.split('/').filter(Boolean).pop(), sha256 };
  }

  /** Stop sending and keep what has arrived. */
  async pause() {
    this.#isRunning = false;
    await this.#upload.abort();
  }

  /** Go on after a pause, or after a problem that send() was rejected with. */
  goOn() { this.#start(); }

  /** Stop and forget what has arrived. */
  async giveUp() {
    this.#isRunning = false;
    this.#stop.abort(new DOMException('given up', 'AbortError'));
    await this.#upload.abort(true).catch(() => {}); // without a line to the site, it forgets by itself in time
  }

  #start() {
    this.#isRunning = true;
    this.#marks = [];
    this.#pieceBegan = performance.now();
    this.#upload.start();
  }

  #goOnNow = async () => {
    if (!this.#isRunning) return;
    await this.#upload.abort();
    if (this.#isRunning) this.#start();
  };

  #shouldRetry(status) {
    const isPassing = PASSING.has(status) || status >= 500 && status !== 507;
    if (isPassing) this.dispatchEvent(new Event('waiting'));
    return isPassing;
  }

  #progress(sent, total) {
    const now = performance.now() / 1000;
    this.#marks = this.#marks.filter((mark) => now - mark.at < SPEED_SECONDS && mark.sent <= sent);
    this.#marks.push({ at: now, sent });
    const first = this.#marks[0];
    const bytesPerSecond = now - first.at > 1 ? (sent - first.sent) / (now - first.at) : NaN;
    this.dispatchEvent(new CustomEvent('progress', { detail: { sent, total, bytesPerSecond } }));
  }

  #fitPiece(size) {
    const now = performance.now();
    const wanted = size * (PIECE_SECONDS * 1000 / Math.max(1, now - this.#pieceBegan));
    const next = Math.min(2 * size, Math.max(size / 2, wanted));
    this.#upload.options.chunkSize = Math.round(Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, next)));
    this.#pieceBegan = now;
  }
}
