// A part of the page that somebody asked for and that takes longer than 400 ms is dimmed, and the page says that it waits.
import { gettext } from 'speechsite/language';

const PATIENCE_MS = 400;
const waiting = new Map();
const told = Object.assign(document.createElement('p'), { className: 'loading-told' });
told.setAttribute('role', 'status');

function asksByItself(element) {
  return /\b(every|load)\b|from:body/.test(element.getAttribute('hx-trigger') ?? '');
}

function show() {
  told.textContent = [...waiting.values()].some((state) => state.isLate) ? gettext('Loading') : '';
}

function begin(request, target) {
  const state = { target, isLate: false };
  state.timer = setTimeout(() => {
    state.isLate = true;
    target.setAttribute('aria-busy', 'true');
    show();
  }, PATIENCE_MS);
  waiting.set(request, state);
}

function end(request) {
  const state = waiting.get(request);
  if (!state) return;
  clearTimeout(state.timer);
  waiting.delete(request);
  if (![...waiting.values()].some((other) => other.isLate && other.target === state.target)) {
    state.target.removeAttribute('aria-busy');
  }
  show();
}

document.body.append(told);
document.addEventListener('htmx:beforeSend', ({ detail }) => {
  if (!asksByItself(detail.elt)) begin(detail.xhr, detail.target);
});
for (const name of ['htmx:afterRequest', 'htmx:sendAbort']) {
  document.addEventListener(name, ({ detail }) => end(detail.xhr));
}
