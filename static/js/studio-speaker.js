// Who speaks, and that they agreed: asked once for each person, remembered on this device.
import { csrfToken } from 'speechsite/htmx-setup';
import { gettext } from 'speechsite/language';

const KEY = 'speechsite-speaker';
const FAILED = gettext('The site could not note this. Nothing was changed; try again.');

export class Speaker {
  /** known: names of those who have agreed before; changed(name) is called when somebody is chosen. */
  constructor({ dialog, known, changed }) {
    Object.assign(this, { dialog, known: new Set(known), changed });
    this.form = dialog.querySelector('[data-speaker-form]');
    this.input = this.form.querySelector('#speaker');
    this.form.querySelector('datalist').replaceChildren(...known.map((name) => new Option(name)));
    const stored = window.localStorage.getItem(KEY);
    if (stored) this.input.value = stored;
    this.name = this.known.has(this.input.value) ? this.input.value : '';
    this.input.addEventListener('input', () => this.#show());
    this.form.addEventListener('submit', (event) => this.#go(event));
    this.#show();
  }

  ask() {
    this.dialog.showModal();
    this.input.select();
  }

  #show() {
    const isKnown = this.known.has(this.input.value.trim());
    this.form.querySelector('[data-agreement]').hidden = isKnown;
    this.form.querySelector('#has-agreed').required = !isKnown;
    this.form.querySelector('[data-known]').hidden = !isKnown;
  }

  async #go(event) {
    event.preventDefault();
    const name = this.input.value.trim();
    if (!this.known.has(name)) {
      const problem = await this.#note(name);
      this.#complain(problem);
      if (problem) return;
      this.known.add(name);
    }
    this.name = name;
    window.localStorage.setItem(KEY, name);
    this.dialog.close();
    this.changed(name);
  }

  /** Note that somebody agreed; return what went wrong, or nothing. */
  async #note(name) {
    try {
      const answer = await fetch(this.form.dataset.speakers, {
        method: 'POST',
        body: JSON.stringify({ name, has_agreed: this.form.querySelector('#has-agreed').checked }),
        headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
      });
      return answer.ok ? '' : (await answer.json()).error.message;
    } catch {
      return FAILED;
    }
  }

  #complain(text) {
    const place = this.form.querySelector('[data-speaker-problem]');
    place.hidden = !text;
    place.textContent = text;
  }
}
