// htmx in this house: the CSRF header, failures as notices, polling that rests while nobody looks.
import { gettext } from 'speechsite/language';
import { clearNotice, showNotice } from 'speechsite/notice';

const LOST = 'connection';

/**
 * The token for requests made by scripts: fetch(url, {headers: {'X-CSRFToken': csrfToken()}}). A login in another tab
 * changes it, so the cookie counts before the page.
 */
export function csrfToken() {
  const cookie = document.cookie.split('; ').find((pair) => pair.startsWith('csrftoken='));
  return cookie?.split('=')[1] ?? document.body.dataset.csrf;
}

function isPolling(element) {
  return /\bevery\b/.test(element?.getAttribute?.('hx-trigger') ?? '');
}

function failureIn(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, 'text/html');
  const text = page.querySelector('.notice p')?.textContent.trim();
  return text ? { text, code: page.querySelector('.notice .mono')?.textContent.trim() ?? '' } : null;
}

document.addEventListener('htmx:configRequest', (event) => {
  event.detail.headers['X-CSRFToken'] = csrfToken();
});
document.addEventListener('htmx:beforeRequest', (event) => {
  if (document.hidden && isPolling(event.detail.elt)) event.preventDefault();
});
document.addEventListener('htmx:afterRequest', (event) => {
  if (event.detail.xhr?.status) clearNotice(LOST);
});
document.addEventListener('htmx:responseError', (event) => {
  const known = failureIn(event.detail.xhr);
  const status = event.detail.xhr.status;
  const unknown = { text: gettext('The site could not do this. Nothing was changed; reload the page and try again.'), code: `http_${status}` };
  showNotice({ key: 'failure', kind: 'bad', ...(known ?? unknown) });
});
document.addEventListener('htmx:sendError', (event) => {
  const tail = isPolling(event.detail.elt)
    ? gettext('This page asks again by itself. Work that is running goes on.')
    : gettext('Nothing was changed. Try again when the connection is back.');
  showNotice({ key: LOST, kind: 'warn', title: gettext('The site does not answer'), text: tail });
});
