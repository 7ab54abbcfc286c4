// Send a recording, show the answer: big on the stage, and as the newest of the recent answers.
import { csrfToken } from 'speechsite/htmx-setup';
import { noticeElement } from 'speechsite/notice';

const LOST = {
  title: 'The site does not answer', code: 'connection_lost',
  text: 'The recording is kept on this page as long as it is open. Send it again when the connection is back.',
};
const MANY_BYTES = 2 ** 20;
const KEPT = 6;

function post(url, body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded / event.total));
    request.addEventListener('load', () => resolve(request));
    request.addEventListener('error', () => reject(new Error('connection lost')));
    request.send(body);
  });
}

function failureIn(request) {
  try {
    const { code, message } = JSON.parse(request.responseText).error;
    return { title: 'Nothing was recognised', text: message, code };
  } catch {
    return { title: 'Nothing was recognised', text: 'The site could not answer. Send the recording again, or reload the page.', code: `http_${request.status}` };
  }
}

/** Show why there is no answer, in the place of the answer; `again` sends once more. */
export function showProblem(stage, problem, again = null) {
  const notice = noticeElement({ kind: 'bad', ...problem });
  if (again) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm mt-2';
    button.textContent = 'Send it again';
    button.addEventListener('click', again);
    notice.append(button);
  }
  stage.querySelector('[data-heard]').replaceChildren(notice);
}

function showAnswer(stage, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  stage.querySelector('[data-heard]').replaceChildren(...page.querySelector('[data-part="stage"]').children);
  const recent = document.querySelector('[data-recent]');
  recent.querySelector('[data-none-yet]')?.remove();
  const article = page.querySelector('article');
  recent.prepend(article);
  [...recent.querySelectorAll('article')].slice(KEPT).forEach((old) => old.remove());
  window.htmx?.process(article);
}

/** Send one recording (Blob) and show what was heard. Failures are shown, with the recording still in hand. */
export async function sendRecording({ stage, blob, name, origin }) {
  const body = new FormData();
  body.append('audio', blob, name);
  body.append('model', stage.querySelector('[data-model]').value);
  body.append('origin', origin);
  body.append('fragment', '1');
  const again = () => sendRecording({ stage, blob, name, origin });
  const status = stage.querySelector('[data-status]');
  const sent = (share) => { if (blob.size > MANY_BYTES) status.textContent = `Sending ${name}, ${Math.round(share * 100)} %`; };
  try {
    const request = await post(stage.dataset.url, body, sent);
    if (request.status === 200) showAnswer(stage, request.responseText);
    else showProblem(stage, failureIn(request), request.status >= 500 ? again : null);
  } catch {
    showProblem(stage, LOST, again);
  }
}
