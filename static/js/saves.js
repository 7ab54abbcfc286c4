// Every change goes to the site at once, one behind the other. What did not arrive is kept in this browser and sent again.
import { csrfToken } from 'speechsite/htmx-setup';
import { gettext } from 'speechsite/language';
import { clearNotice, showNotice } from 'speechsite/notice';

const AGAIN_MS = 4000;
const LOST = {
  key: 'saves', kind: 'warn', title: gettext('The last changes have not arrived'),
  text: gettext('They are kept in this browser, also when you close the page, and are sent again every few seconds.'),
};

export class Saves {
  #waiting = [];
  #isSending = false;
  #undo = [];
  #redo = [];
  #idle = [];

  /** `onTold(told)` puts what came back on the page; `revision` is the one the page shows. */
  constructor(head, onTold) {
    this.url = head.dataset.revise;
    this.revision = Number(head.dataset.revision);
    this.store = `speechsite.unsaved.${head.dataset.desk}`;
    this.onTold = onTold;
    window.addEventListener('online', () => this.#send());
    window.addEventListener('beforeunload', (event) => this.#waiting.length && event.preventDefault());
    document.addEventListener('visibilitychange', () => this.#look());
    this.#bringBack();
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  /** Send a change made on the page as it is; `find()` gives its place anew where the page changed meanwhile. */
  send(draft, find = null) {
    return new Promise((resolve) => {
      this.#waiting.push({ draft: { began_from: this.revision, ...draft }, find, resolve, undoes: null });
      this.#keep();
      this.#send();
    });
  }

  undo() {
    return this.#takeBack(this.#undo, this.#redo);
  }

  redo() {
    return this.#takeBack(this.#redo, this.#undo);
  }

  /** Resolves when nothing waits any more. */
  idle() {
    return this.#waiting.length ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async #takeBack(from, to) {
    await this.idle();
    const number = from.pop();
    if (number === undefined) return null;
    return new Promise((resolve) => {
      this.#waiting.push({ draft: { act: 'undo', number, began_from: number }, find: null, resolve, into: to });
      this.#send();
    });
  }

  async #send() {
    if (this.#isSending || !this.#waiting.length) return;
    this.#isSending = true;
    const [entry] = this.#waiting;
    const found = entry.find?.();
    const act = { ...entry.draft, ...(found ? { ...found, began_from: this.revision } : {}), shown: this.revision };
    const answer = await this.#post(act);
    this.#isSending = false;
    if (answer) this.#settle(entry, answer);
    else this.#tryAgain();
  }

  async #post(act) {
    try {
      const response = await fetch(this.url, {
        method: 'POST', body: JSON.stringify(act),
        headers: { 'X-CSRFToken': csrfToken(), 'Content-Type': 'application/json', Accept: 'application/json' },
      });
      // A page instead of an answer: the login has run out, or the site is in trouble. Both pass.
      if (response.redirected || response.status >= 500 || response.status === 403) return null;
      return { isKept: response.ok || response.status === 409, told: await response.json() };
    } catch {
      return null;
    }
  }

  #tryAgain() {
    showNotice(LOST);
    setTimeout(() => this.#send(), AGAIN_MS);
  }

  #settle(entry, { isKept, told }) {
    this.#waiting.shift();
    this.#keep();
    clearNotice(LOST.key);
    if (isKept && told.changes) this.#take(entry, told);
    else showNotice({ key: 'refused', kind: 'bad', title: gettext('This was not changed'), text: told.error?.message ?? '', code: told.error?.code ?? '' });
    entry.resolve(isKept ? told : null);
    if (this.#waiting.length) this.#send();
    else this.#idle.splice(0).forEach((resolve) => resolve());
  }

  #take(entry, told) {
    this.revision = told.revision;
    if (told.number && !told.aside) {
      (entry.into ?? this.#undo).push(told.number);
      if (!entry.into) this.#redo = [];
    }
    this.onTold(told);
  }

  /** Others may have written while this page lay in the background. */
  async #look() {
    if (document.hidden || this.#waiting.length) return;
    const shown = this.revision;
    try {
      const told = await (await fetch(`${this.url}?shown=${shown}`)).json();
      if (shown !== this.revision || this.#waiting.length || told.revision === shown) return;
      this.revision = told.revision;
      this.onTold(told);
    } catch {
      // The next change will say so.
    }
  }

  #keep() {
    const drafts = this.#waiting.map((entry) => entry.draft).filter((draft) => draft.act !== 'undo');
    if (drafts.length) localStorage.setItem(this.store, JSON.stringify(drafts));
    else localStorage.removeItem(this.store);
  }

  #bringBack() {
    try {
      for (const draft of JSON.parse(localStorage.getItem(this.store)) ?? []) this.send(draft);
    } catch {
      localStorage.removeItem(this.store);
    }
  }
}
