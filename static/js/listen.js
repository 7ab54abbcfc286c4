// The second listening: a take is played, a key says good or bad, the next one plays.
import { csrfToken } from 'speechsite/htmx-setup';
import { onKeys } from 'speechsite/keys';
import { gettext } from 'speechsite/language';
import { showNotice } from 'speechsite/notice';
import { stop, toggle } from 'speechsite/player';

const clips = JSON.parse(document.getElementById('to-hear').textContent);
const root = document.querySelector('[data-listen]');
const part = (name) => root.querySelector(`[data-${name}]`);
const votes = new Map();
let at = 0;

function placeText(place) {
  if (!votes.has(at)) return gettext('Take {number} of {all}', place);
  return votes.get(at) ? gettext('Take {number} of {all}, good so far', place) : gettext('Take {number} of {all}, bad so far', place);
}

function show() {
  const isOver = at >= clips.length;
  root.hidden = isOver;
  document.querySelector('[data-done]').hidden = !isOver;
  stop();
  if (isOver) {
    const good = [...votes.values()].filter(Boolean).length;
    document.querySelector('[data-sum]').textContent = gettext('{good} good, {bad} bad, {skipped} skipped.', {
      good, bad: votes.size - good, skipped: clips.length - votes.size,
    });
    return;
  }
  const { text, audio } = clips[at];
  part('prompt').textContent = text;
  part('place').textContent = placeText({ number: at + 1, all: clips.length });
  part('back').disabled = at === 0;
  part('hear').dataset.play = audio;
  toggle(part('hear'));
}

function go(place) {
  if (place < 0) return false;
  at = place;
  show();
  return true;
}

async function vote(isGood) {
  if (at >= clips.length) return;
  const { votes: address, text } = clips[at];
  votes.set(at, isGood);
  go(at + 1);
  const answer = await fetch(address, {
    method: 'POST',
    body: JSON.stringify({ listener: root.dataset.listener, is_good: isGood }),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
  }).catch(() => null);
  if (answer?.ok) return;
  const told = await answer?.json().catch(() => null);
  showNotice({
    kind: 'bad', title: gettext('The vote on “{text}” was not kept', { text }), code: told?.error?.code ?? 'connection',
    text: told?.error?.message ?? gettext('The site did not answer. Go back to it and vote again.'),
  });
}

for (const [name, act] of Object.entries({ good: () => vote(true), bad: () => vote(false), later: () => go(at + 1), back: () => go(at - 1) })) {
  part(name).addEventListener('click', act);
}
onKeys({ g: () => { vote(true); }, b: () => { vote(false); }, s: () => go(at + 1), Backspace: () => go(at - 1), p: () => { toggle(part('hear')); } });
show();
