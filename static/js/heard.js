// Send a recording, show the answer: big on the stage, and as the newest of the recent answers.
import { csrfToken } from 'speechsite/htmx-setup';
import { gettext } from 'speechsite/language';
import { LONG_BYTES, sendInPieces } from 'speechsite/long-recording';
import { noticeElement } from 'speechsite/notice';

const LOST = {
  title: gettext('The site does not answer'), code: 'connection_lost',
  text: gettext('The recording is kept on this page as long as it is open. Send it again when the connection is back.'),
};
const NOBODY = '00000000-0000-0000-0000-000000000000';
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
    return { title: gettext('Nothing was recognised'), text: message, code };
  } catch {
    return {
      title: gettext('Nothing was recognised'), code: `http_${request.status}`,
      text: gettext('The site could not answer. Send the recording again, or reload the page.'),
    };
  }
}

/** Show why there is no answer, in the place of the answer; `again` sends once more. */
export function showProblem(stage, problem, again = null) {
  const notice = noticeElement({ kind: 'bad', ...problem });
  if (again) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm mt-2';
    button.textContent = gettext('Send it again');
    button.addEventListener('click', again);
    notice.append(button);
  }
  stage.querySelector('[data-heard]').replaceChildren(notice);
}

function pageOf(html) {
  return new DOMParser().parseFromString(html, 'text/html');
}

function showAnswer(stage, html) {
  const page = pageOf(html);
  stage.querySelector('[data-heard]').replaceChildren(...page.querySelector('[data-part="stage"]').children);
  showRecent(page.querySelector('article'));
}

function showRecent(article) {
  const recent = document.querySelector('[data-recent]');
  recent.querySelector('[data-none-yet]')?.remove();
  recent.prepend(article);
  const settled = [...recent.querySelectorAll('article:not([hx-get])')];
  settled.slice(KEPT).forEach((old) => old !== article && old.remove());
  window.htmx?.process(article);
}

/**
 * Show the answer to a piece that was said live: as the newest of the recent ones, and its sentence below the big words.
 */
export async function answerShown({ stage, id, words }) {
  const answer = await fetch(stage.dataset.answers.replace(NOBODY, id), { headers: { Accept: 'text/html' } });
  if (!answer.ok) return;
  const page = pageOf(await answer.text());
  const [line, sentence] = page.querySelector('[data-part="stage"]').children;
  words.explain(line.textContent, sentence.textContent);
  showRecent(page.querySelector('article'));
}

function chosen(stage) {
  return stage.querySelector('[data-model]').selectedOptions[0];
}

/** The model that hears. */
export function modelOf(stage) {
  return stage.querySelector('[data-model]').value;
}

/** The language it was trained on, '' where nobody said. */
export function languageOf(stage) {
  return chosen(stage)?.dataset.language ?? '';
}

/** The words that are expected, as one text; none where the model cannot use them. */
export function hotwordsOf(stage) {
  const text = hearsSentences(stage) ? stage.querySelector('[data-hotwords]')?.value.trim() : '';
  return text ? [text] : [];
}

/** Say whether the chosen model writes sentences: then expected words can help it. */
export function hearsSentences(stage) {
  return chosen(stage)?.dataset.kind === 'sentences';
}

/** Say what is being sent: `place` {at, all} is given where it is one of several, `share` once some of it has gone. */
export function sendingText({ name, place, share = null }) {
  if (share === null) return place ? gettext('Sending {at} of {all}, {name}', { ...place, name }) : gettext('Sending {name}', { name });
  const percent = Math.round(share * 100);
  if (place) return gettext('Sending {at} of {all}, {name}, {percent} %', { ...place, name, percent });
  return gettext('Sending {name}, {percent} %', { name, percent });
}

function bodyOf({ stage, blob, name, whole, origin, stream, position }) {
  const body = new FormData();
  if (whole) Object.entries({ upload: whole.id, sha256: whole.sha256 }).forEach((entry) => body.append(...entry));
  else body.append('audio', blob, name);
  body.append('model', modelOf(stage));
  body.append('origin', origin);
  body.append('fragment', '1');
  if (stream) body.append('stream', stream);
  if (stream) body.append('position', position);
  hotwordsOf(stage).forEach((words) => body.append('hotwords', words));
  return body;
}

/**
 * Send one recording (Blob) and show what was heard. Failures are shown, with the recording still in hand; `refused` is
 * where they are collected when several are sent, and `place` {at, all} says which of them this is. What is left of a
 * live stream names it, and the position of its first sample: sent again, it is answered once.
 */
export async function sendRecording({ stage, blob, name, origin, stream, position, place = null, refused = null }) {
  const again = () => sendRecording({ stage, blob, name, origin, stream, position });
  const status = stage.querySelector('[data-status-words]');
  const sent = (share) => { if (blob.size > MANY_BYTES) status.textContent = sendingText({ name, place, share }); };
  const fail = (problem, retry) => {
    if (refused) refused.append(noticeElement({ kind: 'bad', ...problem, title: gettext('{name}: nothing was recognised', { name }) }));
    else showProblem(stage, problem, retry);
  };
  try {
    const isLong = blob.size > LONG_BYTES && !stream;
    const whole = isLong ? await sendInPieces({ stage, blob, name, words: sendingText({ name, place }) }) : null;
    if (isLong && !whole) return;
    const request = await post(stage.dataset.url, bodyOf({ stage, blob, name, whole, origin, stream, position }), sent);
    if (request.status === 200) showAnswer(stage, request.responseText);
    else fail(failureIn(request), request.status >= 500 ? again : null);
  } catch (problem) {
    fail(problem.shown ?? LOST, again);
  }
}
