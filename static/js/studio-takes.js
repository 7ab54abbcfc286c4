// Kept takes of one dataset: sent, refused, replaced by another one.
import { csrfToken } from 'speechsite/htmx-setup';
import { gettext } from 'speechsite/language';
import { showNotice } from 'speechsite/notice';
import { sender } from 'speechsite/outbox-sender';

const WAITS = 'waits_for_listener'; // that is no refusal: somebody else is to listen first

export class Takes {
  #replaced = new Set();

  /** root: the [data-studio] element; refused({id, word}) is called for a take the site did not take as a good one. */
  constructor(root, refused) {
    this.address = root.dataset.post;
    this.clip = root.dataset.clip;
    this.refused = refused;
    sender.addEventListener('sent', (event) => this.#arrived(event.detail));
    sender.addEventListener('refused', (event) => this.#refuse(event.detail));
  }

  /** Keep a take {id, wav, word, speaker} until the site has it. */
  keep(take) { sender.keep({ ...take, address: this.address }); }

  /** Return the words of takes the site does not count yet. */
  async unsentWords() {
    const waiting = await sender.outbox.all();
    return waiting.filter((take) => take.address === this.address && !take.refusal).map((take) => take.word);
  }

  /** Delete a take that is said again: on this device, or where the site has it already, there. */
  async replace(id) {
    this.#replaced.add(id);
    if (await sender.forget(id)) return; // were it on its way just now, #arrived deletes it
    this.#deleteThere(id);
  }

  #arrived({ take, clip }) {
    if (this.#replaced.delete(take.id)) this.#deleteThere(take.id);
    else if (clip.rejection && clip.rejection.code !== WAITS) this.#refuse({ take, ...clip.rejection });
  }

  #refuse({ take, code, message }) {
    if (take.address !== this.address) return;
    this.refused(take);
    showNotice({ key: 'refused', kind: 'warn', title: gettext('A take of “{word}” was not used', { word: take.word }), text: message, code });
  }

  #deleteThere(id) {
    const headers = { Accept: 'application/json', 'X-CSRFToken': csrfToken() };
    fetch(this.clip.replace(/[0-]{36}/, id), { method: 'DELETE', headers }).catch(() => showNotice({
      key: 'replaced', kind: 'warn', title: gettext('The first take is there, too'),
      text: gettext('The site did not answer when it was to be replaced. Delete it on the dataset’s page if it is not wanted.'),
    }));
  }
}
