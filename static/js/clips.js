// Keys of the clips' table: J K walk, Space plays, L corrects, X rejects or restores, / searches.
import { onKeys } from 'speechsite/keys';
import { csrfToken } from 'speechsite/htmx-setup';
import { toggle } from 'speechsite/player';

const rows = () => [...document.querySelectorAll('[data-clip]')];
let at = null;

function current() {
  return rows().find((row) => row.id === at) ?? null;
}

function go(step) {
  const all = rows();
  if (!all.length) return;
  const place = all.findIndex((row) => row.id === at);
  const next = all[Math.max(0, Math.min(all.length - 1, place + step))] ?? all[0];
  for (const row of all) row.classList.toggle('at', row === next);
  at = next.id;
  next.querySelector('[data-play]').focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function press(selector) {
  const target = current()?.querySelector(selector);
  target?.click();
  return Boolean(target);
}

function play() {
  const button = current()?.querySelector('[data-play]');
  if (button) toggle(button);
  return Boolean(button);
}

function rejectOrRestore() {
  const row = current();
  if (!row) return false;
  const clip = row.id.replace('clip-', '');
  const act = row.classList.contains('out') ? 'restore' : 'reject';
  window.htmx.ajax('POST', `/clips/${clip}/${act}/`, { target: `#${row.id}`, swap: 'outerHTML', headers: { 'X-CSRFToken': csrfToken() } });
  return true;
}

function search() {
  document.getElementById('clip-search')?.focus();
}

onKeys({ j: () => go(1), k: () => go(-1), ' ': play, l: () => press('[data-edit]'), x: rejectOrRestore, '/': search });

document.addEventListener('htmx:afterSwap', () => {
  const row = current();
  row?.classList.add('at');
  if (row?.matches('[data-editing]')) row.querySelector('[name=text]').focus();
  else row?.querySelector('[data-play]').focus({ preventScroll: true });
});
document.addEventListener('focusin', (event) => {
  const row = event.target.closest?.('[data-clip]');
  if (row) at = row.id;
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') event.target.closest?.('[data-editing]')?.querySelector('[data-back]').click();
});
