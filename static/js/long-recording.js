// A long recording on its way to be heard: in pieces, so that a lost line costs nothing, and with a way to give it up.
import { gettext, megabytes } from 'speechsite/language';
import { LOGGED_OUT, Resumable, UploadProblem } from 'speechsite/resumable';

export const LONG_BYTES = 8 * 1024 ** 2;
let isSending = false;


function shownOf(problem) {
  const title = gettext('The recording was not taken');
  if (LOGGED_OUT.has(problem.status)) {
    return { title, code: problem.code, text: gettext('You are logged out. Log in in another tab, then send it again: it goes on where it stopped.') };
  }
  if (problem.code === 'connection') {
    return { title, code: problem.code, text: gettext('The site has not answered for a long time. What has arrived is kept: send it again, and it goes on where it stopped.') };
  }
  return { title, code: problem.code, text: problem.message || gettext('The site could not take it. Nothing was recognised; send it again.') };
}

/**
 * Send one recording in pieces, saying `words` meanwhile; resolves to {id, sha256}, or to nothing where it was given up.
 * Throws a problem with what is to be `shown`.
 */
export async function sendInPieces({ stage, blob, name, words }) {
  const status = stage.querySelector('[data-status-words]');
  const amount = stage.querySelector('[data-seconds]');
  const giveUp = stage.querySelector('[data-give-up]');
  const sending = new Resumable({ endpoint: stage.dataset.endpoint, blob, name, identity: `${name}:${blob.size}:${blob.lastModified ?? ''}`, purpose: 'recording' });
  const says = (text) => { if (status.textContent !== text) status.textContent = text; }; // heard once, not for every piece
  sending.addEventListener('progress', ({ detail: { sent, total } }) => {
    says(words);
    amount.textContent = gettext(', {sent} of {total} MB', { sent: megabytes(sent), total: megabytes(total) });
  });
  sending.addEventListener('waiting', () => {
    says(gettext('The connection is gone. What has arrived is kept; it tries again by itself.'));
  });
  const givenUp = new Promise((resolve) => {
    giveUp.onclick = async () => { await sending.giveUp(); resolve(null); };
  });
  giveUp.hidden = false;
  isSending = true;
  try {
    return await Promise.race([sending.send(), givenUp]);
  } catch (problem) {
    if (problem.name === 'AbortError') return null;
    throw problem instanceof UploadProblem ? Object.assign(problem, { shown: shownOf(problem) }) : problem;
  } finally {
    giveUp.hidden = true;
    amount.textContent = '';
    isSending = false;
  }
}

window.addEventListener('beforeunload', (event) => {
  if (isSending) event.preventDefault();
});
