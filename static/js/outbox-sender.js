// Sends what lies in the outbox, from whatever page is open: one after the other, again and again until the site has it.
import { csrfToken } from 'speechsite/htmx-setup';
import { Outbox } from 'speechsite/outbox';

const AGAIN_SECONDS = [1, 2, 4, 8, 15, 30];
const LOGGED_OUT = new Set([401, 403]);
const LOCK = 'speechsite-outbox';

/** What became of one attempt: 'sent', 'refused' (the site will never take it), 'later' or 'logged-out'. */
function outcomeOf(status) {
  if (status >= 200 && status < 300) return 'sent';
  if (LOGGED_OUT.has(status)) return 'logged-out';
  return status >= 500 || status === 429 || status === 408 ? 'later' : 'refused';
}

/**
 * Events: `change` {unsent, refused, why, againAt} whenever one of them does, `sent` {take, clip} and `refused`
 * {take, code, message}, from other tabs too.
 */
class OutboxSender extends EventTarget {
  #channel = new BroadcastChannel(LOCK);
  #tries = 0;
  #timer = null;
  #isBusy = false;

  constructor(user) {
    super();
    this.outbox = new Outbox(user);
    this.state = { unsent: 0, refused: [], why: '', againAt: 0 };
    this.#channel.addEventListener('message', ({ data }) => this.#tell(data));
    window.addEventListener('online', () => this.outbox.mayHold && this.work());
    window.addEventListener('beforeunload', (event) => this.state.unsent && !this.outbox.isDurable && event.preventDefault());
  }

  /** Keep a take {id, address, word, speaker, wav} until the site has it; resolves when it is safe on this device. */
  async keep(take) {
    await this.outbox.put({ ...take, user: this.outbox.user, made: Date.now() });
    navigator.storage?.persist?.();
    this.work();
  }

  /** Forget a take that is not sent yet; false where the site has it already. */
  async forget(id) {
    const isHere = (await this.outbox.all()).some((take) => take.id === id);
    await this.outbox.remove(id);
    await this.#count();
    return isHere;
  }

  /** Send all there is, unless another tab does. */
  async work() {
    clearTimeout(this.#timer);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#alone(() => this.#sendAll());
    } finally {
      this.#isBusy = false;
    }
  }

  async #alone(send) {
    if (!navigator.locks) { await send(); return; } // two senders at once store nothing twice: the takes have ids
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await send();
      else this.#later('');
    });
  }

  async #sendAll() {
    for (;;) {
      const take = (await this.#count())[0];
      if (!take) {
        this.#tries = 0;
        return;
      }
      const why = await this.#sendOne(take);
      if (why) {
        this.#later(why);
        return;
      }
      this.#tries = 0;
    }
  }

  /** Send one take; return why it has to wait, or nothing when it is settled. */
  async #sendOne(take) {
    let answer;
    try {
      answer = await fetch(take.address, { method: 'POST', body: formOf(take), headers: { Accept: 'application/json', 'X-CSRFToken': csrfToken() } });
    } catch {
      return 'connection';
    }
    const outcome = outcomeOf(answer.status);
    if (outcome === 'later') return 'connection';
    if (outcome === 'logged-out') return 'login';
    const told = await answer.json().catch(() => ({}));
    if (outcome === 'sent') {
      await this.outbox.remove(take.id);
      this.#tellAll({ kind: 'sent', take: { id: take.id, word: take.word, address: take.address }, clip: told });
    } else {
      const { code = `http_${answer.status}`, message = '' } = told.error ?? {};
      await this.outbox.put({ ...take, refusal: { code, message } });
      this.#tellAll({ kind: 'refused', take: { id: take.id, word: take.word, address: take.address }, code, message });
    }
    return '';
  }

  /** Count what waits and tell it; return the takes that are to be sent. */
  async #count() {
    const all = await this.outbox.all();
    const waiting = all.filter((take) => !take.refusal);
    const refused = all.filter((take) => take.refusal);
    this.#set({ unsent: waiting.length, refused, ...(waiting.length ? {} : { why: '', againAt: 0 }) });
    return waiting;
  }

  #later(why) {
    const seconds = AGAIN_SECONDS[Math.min(this.#tries, AGAIN_SECONDS.length - 1)];
    this.#tries += 1;
    this.#timer = setTimeout(() => this.work(), seconds * 1000);
    if (why) this.#set({ why, againAt: Date.now() + seconds * 1000 });
  }

  #set(change) {
    Object.assign(this.state, change);
    this.dispatchEvent(new CustomEvent('change', { detail: this.state }));
  }

  #tellAll(event) {
    this.#channel.postMessage(event);
    this.#tell(event);
  }

  #tell({ kind, ...detail }) { this.dispatchEvent(new CustomEvent(kind, { detail })); }
}

function formOf({ id, wav, word, speaker }) {
  const body = new FormData();
  body.set('audio', wav, 'recording.wav');
  for (const [name, value] of Object.entries({ id, text: word, speaker, origin: 'recording' })) body.set(name, value);
  return body;
}

/** The one sender of this page; null where nobody is logged in. */
export const sender = document.body.dataset.user ? new OutboxSender(document.body.dataset.user) : null;
