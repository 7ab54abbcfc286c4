// Keys of the history: a row at a time.
import { onKeys } from 'speechsite/keys';

let at = -1;
const rows = () => [...document.querySelectorAll('#found [data-row]')];

function move(step) {
  const all = rows();
  if (!all.length) return false;
  all.forEach((row) => row.classList.remove('at'));
  at = Math.max(0, Math.min(all.length - 1, at + step));
  all[at].classList.add('at');
  all[at].scrollIntoView({ block: 'nearest' });
  return true;
}

function press(selector) {
  const element = rows()[at]?.querySelector(selector);
  element?.click();
  return Boolean(element);
}

document.addEventListener('htmx:afterSwap', (event) => { if (event.detail.target.id === 'found') at = -1; });
onKeys({
  j: () => move(1),
  k: () => move(-1),
  ' ': () => press('[data-play]'),
  Enter: () => press('a.text'),
  '/': () => document.getElementById('q').focus(),
});
