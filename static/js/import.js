// A checked upload: an answer that changes how it is read has it looked at again before anything is kept.
import { gettext } from 'speechsite/language';

const first = new WeakMap();

function remember() {
  const form = document.querySelector('[data-decide]');
  if (form && !first.has(form)) first.set(form, answersOf(form));
  return form;
}

function answersOf(form) {
  const names = new Set([...form.querySelectorAll('[data-again]')].map((input) => input.name));
  return JSON.stringify([...new FormData(form)].filter(([name]) => names.has(name)));
}

function show() {
  const form = remember();
  if (!form) return;
  const hasChanged = answersOf(form) !== first.get(form);
  const keep = form.querySelector('[data-keep]');
  const note = form.querySelector('[data-again-note]');
  if (note) note.hidden = !hasChanged;
  if (!keep) return;
  keep.dataset.label ??= keep.textContent;
  keep.textContent = hasChanged ? gettext('Look again first') : keep.dataset.label;
}

remember();
document.addEventListener('change', show);
document.addEventListener('htmx:afterSettle', remember);
