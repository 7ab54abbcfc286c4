// Kept takes on their way to the site: one after the other, tried again while the connection is away.
import { csrfToken } from 'speechsite/htmx-setup';
import { clearNotice, showNotice } from 'speechsite/notice';

const KEY = 'unsent';
const AGAIN_MS = 8000;

export class Sender {
  #waiting = [];
  #isBusy = false;

  /** refused({take, code, message}) is called for a take the site did not take as a good one. */
  constructor({ address, refused }) {
    this.address = address;
    this.refused = refused;
    window.addEventListener('online', () => this.#work());
    window.addEventListener('beforeunload', (event) => this.#waiting.length && event.preventDefault());
  }

  /** take: {wav, word, speaker}. */
  send(take) {
    this.#waiting.push(take);
    this.#work();
  }

  get unsent() { return this.#waiting.length; }

  async #work() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length && await this.#sendFirst()) this.#waiting.shift();
    this.#isBusy = false;
    if (this.#waiting.length) this.#later();
    else clearNotice(KEY);
  }

  async #sendFirst() {
    const take = this.#waiting[0];
    const body = new FormData();
    body.set('audio', take.wav, 'recording.wav');
    body.set('text', take.word);
    body.set('speaker', take.speaker);
    body.set('origin', 'recording');
    try {
      const answer = await fetch(this.address, { method: 'POST', body, headers: { Accept: 'application/json', 'X-CSRFToken': csrfToken() } });
      if (answer.status >= 500 || answer.status === 429) return false;
      this.#judge(take, answer.ok, await answer.json());
      return true;
    } catch {
      return false;
    }
  }

  #judge(take, isTaken, answer) {
    const problem = isTaken ? answer.rejection : answer.error;
    if (problem) this.refused({ take, ...problem });
  }

  #later() {
    const count = this.#waiting.length;
    showNotice({
      key: KEY, kind: 'warn', title: `${count} take${count > 1 ? 's' : ''} not sent yet`,
      text: 'The site does not answer. They are safe while this page stays open, and are sent again by themselves.',
    });
    setTimeout(() => this.#work(), AGAIN_MS);
  }
}
