// Keys of every page: G then a letter goes somewhere, ? shows the list. Pages add theirs with onKeys.
const PLACES = { h: '/', d: '/datasets/', t: '/training/', m: '/models/', r: '/transcriptions/' };
const CHORD_MS = 1500;
const bindings = [];
let chordUntil = 0;

/** Say whether the person is writing, so that keys belong to the text. */
export function isTyping(target) {
  return Boolean(target?.closest?.('input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable], [contenteditable=true]'));
}

/** Bind keys by event.key (letters in lower case): onKeys({ j: next, ' ': play }). Returns a function that unbinds. */
export function onKeys(handlers) {
  bindings.push(handlers);
  return () => bindings.splice(bindings.indexOf(handlers), 1);
}

function nameOf(event) {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function follow(key) {
  const place = PLACES[key];
  chordUntil = 0;
  if (place) window.location.assign(place);
  return Boolean(place);
}

function openHelp() {
  const help = document.getElementById('keys-help');
  if (!help.open) help.showModal();
}

function isPress(target, key) {
  return (key === ' ' || key === 'Enter') && target.closest?.('button, a, summary, [role=button]');
}

// Until the next frame after a dialog has closed, keys still come to what had the focus in it: they are the page's.
function targetOf(event) {
  return event.target.getClientRects().length ? event.target : document.body;
}

document.addEventListener('keydown', (event) => {
  const target = targetOf(event);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
  const key = nameOf(event);
  if (document.querySelector('dialog[open]') || isPress(target, key)) return;
  if (Date.now() < chordUntil && follow(key)) return;
  if (key === 'g') chordUntil = Date.now() + CHORD_MS;
  else if (key === '?') openHelp();
  const handler = bindings.map((handlers) => handlers[key]).findLast(Boolean);
  if (handler && handler(event) !== false) event.preventDefault();
});
