// Archives, files and folders on their way into a dataset: what is sent, how far it is, pausing, going on.
import { chosenFiles, droppedFiles } from 'speechsite/folder';
import { gettext, megabytes, ngettext } from 'speechsite/language';
import { clearNotice, showNotice } from 'speechsite/notice';
import { parcelsOf } from 'speechsite/parcels';
import { LOGGED_OUT, Resumable, UploadProblem } from 'speechsite/resumable';

const KEY = 'upload';
const SAY_EVERY_MS = 500;
const DAMAGED = 'upload_damaged';


function timeText(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return gettext('about {seconds} s left', { seconds: Math.max(1, Math.round(seconds)) });
  return gettext('about {minutes} min left', { minutes: Math.round(seconds / 60) });
}

class Upload {
  #sending = null;
  #isPaused = false;
  #said = 0;
  #action;

  constructor(form) {
    this.form = form;
    this.#action = form.action;
    this.#listen();
  }

  part(name) { return this.form.querySelector(`[data-${name}]`); }

  get isSending() { return this.#sending !== null && !this.#isPaused; }

  async send(files) {
    if (this.#sending || !files.length) return;
    clearNotice(KEY);
    const parcels = parcelsOf(files);
    if (!parcels.every((parcel) => this.#fits(parcel))) return;
    let page = null;
    for (const [at, parcel] of parcels.entries()) {
      page = await this.#sent(parcel, parcels.length > 1 ? { at: at + 1, all: parcels.length } : null);
      if (!page) return;
    }
    this.#sending = null; // so that leaving is not asked about
    window.location.assign(parcels.length > 1 ? page.dataset : page.import);
  }

  /** Send one parcel; return the addresses of what it became, or nothing where it was given up. */
  async #sent(parcel, place) {
    this.#show(parcel, place);
    this.#sending = new Resumable({ endpoint: this.form.dataset.endpoint, ...parcel });
    this.#sending.addEventListener('progress', (event) => this.#progress(event.detail));
    this.#sending.addEventListener('waiting', () => this.#say(gettext('The connection is gone. What has arrived is kept; it tries again by itself.')));
    try {
      const whole = await this.#arrived(this.#sending);
      return whole && await this.#handOver(whole);
    } catch (problem) {
      if (problem.code === DAMAGED) await this.#sending.giveUp(); // the same again would be as damaged
      this.#fail(problem);
      return null;
    }
  }

  /** Wait until all has arrived, over pauses for a login; nothing where it was given up. */
  async #arrived(sending) {
    for (;;) {
      try {
        return await sending.send();
      } catch (problem) {
        if (problem.name === 'AbortError') return null;
        if (!(problem instanceof UploadProblem) || !(LOGGED_OUT.has(problem.status) || problem.code === 'connection')) throw problem;
        this.#setPaused(true);
        this.#say(LOGGED_OUT.has(problem.status)
          ? gettext('You are logged out. Log in in another tab, then press “Go on”; what has arrived is kept.')
          : gettext('The site has not answered for a long time. What has arrived is kept; press “Go on” when it is back.'));
        await new Promise((resolve) => { this.goOn = resolve; });
        this.#setPaused(false);
      }
    }
  }

  async #handOver({ id, sha256 }) {
    this.#say(gettext('All of it has arrived; the site looks whether it is whole'));
    for (const name of ['pause', 'give-up']) this.part(name).hidden = true;
    const body = new FormData(this.form);
    body.delete('file');
    body.set('upload', id);
    body.set('sha256', sha256);
    const answer = await fetch(this.#action, { method: 'POST', body, headers: { Accept: 'application/json' } });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(told.error?.message ?? ''), { code: told.error?.code ?? `http_${answer.status}` });
    this.#action = told.upload_more;
    return told;
  }

  #fits({ name, blob }) {
    const limit = Number(this.form.dataset.limitBytes);
    if (blob.size <= limit) return true;
    const text = gettext('It has {size} MB; this site takes at most {limit} MB at once. Nothing was sent; split it and upload the parts.', {
      size: megabytes(blob.size), limit: megabytes(limit),
    });
    showNotice({ key: KEY, kind: 'bad', title: gettext('{name} is too large', { name }), code: 'too_large', text });
    return false;
  }

  #show({ name, blob, count }, place) {
    this.part('ask').hidden = true;
    this.part('sending').hidden = false;
    for (const part of ['pause', 'give-up']) this.part(part).hidden = false;
    const said = count > 1 ? ngettext('{count} file as {name}', '{count} files as {name}', count, { name }) : name;
    this.part('name').textContent = place ? gettext('{at} of {all}: {name}', { ...place, name: said }) : said;
    this.part('said').textContent = gettext('Uploading {name}', { name });
    this.#progress({ sent: 0, total: blob.size, bytesPerSecond: NaN });
  }

  #progress({ sent, total, bytesPerSecond }) {
    const bar = this.part('bar');
    bar.dataset.v = (sent / total).toFixed(4);
    bar.setAttribute('aria-valuenow', Math.round((100 * sent) / total));
    if (performance.now() - this.#said < SAY_EVERY_MS && sent < total) return;
    this.#said = performance.now();
    const speed = Number.isFinite(bytesPerSecond) ? `, ${megabytes(bytesPerSecond)} MB/s, ${timeText((total - sent) / bytesPerSecond)}` : '';
    this.#say(gettext('{sent} of {total} MB', { sent: megabytes(sent), total: megabytes(total) }) + speed);
  }

  #say(text) { this.part('bytes').textContent = text; }

  #setPaused(isPaused) {
    this.#isPaused = isPaused;
    this.part('pause').textContent = isPaused ? gettext('Go on') : gettext('Pause');
  }

  async #togglePause() {
    if (!this.#isPaused) {
      await this.#sending.pause();
      this.#setPaused(true);
      this.#say(gettext('Paused. What has arrived is kept.'));
    } else if (this.goOn) {
      this.goOn();
      this.goOn = null;
    } else {
      this.#setPaused(false);
      this.#sending.goOn();
    }
  }

  async #giveUp() {
    const sending = this.#sending;
    this.#end();
    await sending.giveUp();
    showNotice({ key: KEY, kind: 'info', title: gettext('The upload was given up'), text: gettext('Nothing was kept.') });
  }

  #fail({ code = 'unknown', message }) {
    this.#end();
    const text = message || gettext('The site could not take it. What has arrived is kept for some days; choose the same file again to go on.');
    showNotice({ key: KEY, kind: 'bad', title: gettext('The upload was not taken'), text, code }).scrollIntoView({ block: 'nearest' });
  }

  #end() {
    this.#sending = null;
    this.#action = this.form.action;
    this.#setPaused(false);
    this.part('ask').hidden = false;
    this.part('sending').hidden = true;
    this.part('said').textContent = '';
    for (const input of this.form.querySelectorAll('input[type=file]')) input.value = '';
  }

  #listen() {
    for (const input of this.form.querySelectorAll('input[type=file]')) input.addEventListener('change', () => this.send(chosenFiles(input)));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send(chosenFiles(this.form.querySelector('input[name=file]')));
    });
    this.part('choose-folder').addEventListener('click', () => this.part('folder').click());
    this.part('pause').addEventListener('click', () => this.#togglePause());
    this.part('give-up').addEventListener('click', () => this.#giveUp());
    for (const name of ['dragenter', 'dragover']) this.form.addEventListener(name, (event) => this.#over(event, true));
    this.form.addEventListener('dragleave', (event) => this.#over(event, false));
    this.form.addEventListener('drop', async (event) => {
      this.#over(event, false);
      this.send(await droppedFiles(event.dataTransfer));
    });
  }

  #over(event, isOver) {
    event.preventDefault();
    this.form.classList.toggle('over', isOver);
  }
}

const uploads = [...document.querySelectorAll('form[data-upload]')].map((form) => new Upload(form));
window.addEventListener('beforeunload', (event) => {
  if (uploads.some((upload) => upload.isSending)) event.preventDefault();
});
