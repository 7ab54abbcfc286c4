// What the desk says of its saves: when the last one was, and where somebody else changed the same words.
import { gettext } from 'speechsite/language';
import { noticeElement } from 'speechsite/notice';

const AGAIN_MS = 15000;
let timer = null;

/** Say which revision the text is and how long ago it was saved. */
export function saySaved(revision, { canUndo }) {
  const place = document.querySelector('[data-saved]');
  place.hidden = false;
  place.textContent = gettext('revision {revision}, saved just now', { revision });
  clearInterval(timer);
  const began = Date.now();
  timer = setInterval(() => {
    const minutes = Math.floor((Date.now() - began) / 60000);
    place.textContent = minutes
      ? gettext('revision {revision}, saved {time} ago', { revision, time: `${minutes}\u00a0min` })
      : gettext('revision {revision}, saved less than a minute ago', { revision });
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
    kind: 'warn', title: gettext('Somebody changed the same words meanwhile'),
    text: gettext('The text has “{theirs}”. Yours, “{mine}”, is kept as revision {number}.', {
      theirs: aside.theirs, mine: aside.mine, number: aside.number,
    }),
  });
  notice.classList.add('aside-notice');
  const acts = document.createElement('div');
  acts.className = 'row-line tight';
  if (takeMine) acts.append(buttonOf(gettext('Take mine'), () => { notice.remove(); takeMine(); }));
  acts.append(buttonOf(gettext('Leave theirs'), () => notice.remove()));
  notice.append(acts);
  place.append(notice);
  document.getElementById('desk-said').textContent = notice.querySelector('p').textContent;
}
