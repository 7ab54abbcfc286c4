// What the desk says of its saves: when the last one was, and where somebody else changed the same words.
import { noticeElement } from 'speechsite/notice';

const AGAIN_MS = 15000;
let timer = null;

/** Say which revision the text is and how long ago it was saved. */
export function saySaved(revision, { canUndo }) {
  const place = document.querySelector('[data-saved]');
  place.hidden = false;
  place.textContent = `revision ${revision}, saved just now`;
  clearInterval(timer);
  const began = Date.now();
  timer = setInterval(() => {
    const minutes = Math.floor((Date.now() - began) / 60000);
    place.textContent = `revision ${revision}, saved ${minutes ? `${minutes}\u00a0min ago` : 'less than a minute ago'}`;
  }, AGAIN_MS);
  const undo = document.querySelector('[data-undo]');
  if (undo) undo.disabled = !canUndo;
}

function buttonOf(words, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'btn btn-sm';
  made.textContent = words;
  made.addEventListener('click', act);
  return made;
}

/** Show both texts at `place`; takeMine() puts one's own in, where that is one line. */
export function showAside(aside, { place, takeMine }) {
  const notice = noticeElement({
    kind: 'warn', title: 'Somebody changed the same words meanwhile',
    text: `The text has “${aside.theirs}”. Yours, “${aside.mine}”, is kept as revision ${aside.number}.`,
  });
  notice.classList.add('aside-notice');
  const acts = document.createElement('div');
  acts.className = 'row-line tight';
  if (takeMine) acts.append(buttonOf('Take mine', () => { notice.remove(); takeMine(); }));
  acts.append(buttonOf('Leave theirs', () => notice.remove()));
  notice.append(acts);
  place.append(notice);
  document.getElementById('desk-said').textContent = notice.querySelector('p').textContent;
}
