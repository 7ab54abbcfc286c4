// An archive on its way to the site: bytes, speed and time left, and a way to stop.
import { csrfToken } from 'speechsite/htmx-setup';
import { clearNotice, showNotice } from 'speechsite/notice';

const KEY = 'upload';
const SAY_EVERY_MS = 500;
const MEGA = 1e6;

const megabytes = (bytes) => (bytes / MEGA).toLocaleString('en', { maximumFractionDigits: bytes < 10 * MEGA ? 1 : 0 });

function timeText(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

class Upload {
  #xhr = null;
  #began = 0;
  #said = 0;

  constructor(form) {
    this.form = form;
    this.input = form.querySelector('input[type=file]');
    this.#listen();
  }

  part(name) { return this.form.querySelector(`[data-${name}]`); }

  get isSending() { return this.#xhr !== null; }

  send(file) {
    if (this.isSending || !this.#fits(file)) return;
    clearNotice(KEY);
    const body = new FormData(this.form);
    body.set('file', file, file.name);
    this.#xhr = new XMLHttpRequest();
    this.#began = performance.now();
    this.#show(file.name);
    this.#xhr.upload.addEventListener('progress', (event) => this.#progress(event.loaded, event.total));
    this.#xhr.upload.addEventListener('load', () => this.#arrived());
    this.#xhr.addEventListener('load', () => this.#answered());
    this.#xhr.addEventListener('error', () => this.#fail({ title: 'The upload broke off', text: 'The connection was lost. Nothing was kept; upload it again.', code: 'connection' }));
    this.#xhr.open('POST', this.form.action);
    this.#xhr.setRequestHeader('Accept', 'application/json');
    this.#xhr.setRequestHeader('X-CSRFToken', csrfToken());
    this.#xhr.send(body);
  }

  stop() {
    this.#xhr?.abort();
    this.#end();
    showNotice({ key: KEY, kind: 'info', title: 'The upload was stopped', text: 'Nothing was kept.' });
  }

  #fits(file) {
    const limit = Number(this.form.dataset.limitBytes);
    if (file.size <= limit) return true;
    showNotice({
      key: KEY, kind: 'bad', title: `${file.name} is too large`, code: 'too_large',
      text: `It has ${megabytes(file.size)} MB; this site takes at most ${megabytes(limit)} MB at once. Nothing was sent; split it and upload the parts.`,
    });
    return false;
  }

  #show(name) {
    this.part('ask').hidden = true;
    this.part('sending').hidden = false;
    this.part('name').textContent = name;
    this.part('said').textContent = `Uploading ${name}`;
    this.#progress(0, 1);
  }

  #progress(loaded, total) {
    const seconds = (performance.now() - this.#began) / 1000;
    const bar = this.part('bar');
    bar.dataset.v = (loaded / total).toFixed(4);
    bar.setAttribute('aria-valuenow', Math.round((100 * loaded) / total));
    if (performance.now() - this.#said < SAY_EVERY_MS && loaded < total) return;
    this.#said = performance.now();
    const speed = loaded / seconds;
    const left = seconds > 1 ? `, ${megabytes(speed)} MB/s, ${timeText((total - loaded) / speed)}` : '';
    this.part('bytes').textContent = total > 1 ? `${megabytes(loaded)} of ${megabytes(total)} MB${left}` : '';
  }

  #arrived() {
    this.part('bytes').textContent = 'The site has it and looks at it';
    this.part('stop').hidden = true;
  }

  #answered() {
    const { status, responseURL, responseText } = this.#xhr;
    if (status >= 200 && status < 300) {
      this.#xhr = null;
      window.location.assign(responseURL);
      return;
    }
    this.#fail({ title: 'The upload was not taken', ...this.#reason(status, responseText) });
  }

  #reason(status, body) {
    try {
      const { code, message } = JSON.parse(body).error;
      return { text: message, code };
    } catch {
      return { text: 'The site could not take it. Nothing was kept; try again.', code: `http_${status}` };
    }
  }

  #fail(notice) {
    this.#end();
    showNotice({ key: KEY, kind: 'bad', ...notice }).scrollIntoView({ block: 'nearest' });
  }

  #end() {
    this.#xhr = null;
    this.part('ask').hidden = false;
    this.part('sending').hidden = true;
    this.part('stop').hidden = false;
    this.part('said').textContent = '';
    this.input.value = '';
  }

  #listen() {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.input.files[0]) this.send(this.input.files[0]);
    });
    this.input.addEventListener('change', () => this.input.files[0] && this.send(this.input.files[0]));
    this.part('stop').addEventListener('click', () => this.stop());
    for (const name of ['dragenter', 'dragover']) this.form.addEventListener(name, (event) => this.#over(event, true));
    this.form.addEventListener('dragleave', (event) => this.#over(event, false));
    this.form.addEventListener('drop', (event) => this.#dropped(event));
  }

  #over(event, isOver) {
    event.preventDefault();
    this.form.classList.toggle('over', isOver);
  }

  #dropped(event) {
    this.#over(event, false);
    const item = event.dataTransfer.items[0];
    if (item?.webkitGetAsEntry?.()?.isDirectory) {
      showNotice({ key: KEY, kind: 'warn', title: 'That is a folder', text: 'Nothing was sent. Pack it as zip, tar or tar.gz and drop that.', code: 'folder' });
      return;
    }
    if (event.dataTransfer.files[0]) this.send(event.dataTransfer.files[0]);
  }
}

const uploads = [...document.querySelectorAll('form[data-upload]')].map((form) => new Upload(form));
window.addEventListener('beforeunload', (event) => {
  if (uploads.some((upload) => upload.isSending)) event.preventDefault();
});
