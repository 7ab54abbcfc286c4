// The launch form: what is chosen changes the times, the split and the plan, so the server draws the form anew.
const TYPING_PAUSE_MS = 500;
let typing = 0;

function changed(form) {
  clearTimeout(typing);
  window.htmx.trigger(form, 'launch-changed');
}

document.addEventListener('change', (event) => {
  const form = event.target.closest?.('[data-launch]');
  if (form) changed(form);
});

document.addEventListener('input', (event) => {
  const form = event.target.closest?.('[data-launch]');
  if (!form || !event.target.matches('input:not([type=radio], [type=checkbox])')) return;
  clearTimeout(typing);
  window.htmx.trigger(form, 'htmx:abort'); // An answer to what stood here before would take away what is being typed.
  typing = setTimeout(() => changed(form), TYPING_PAUSE_MS);
});

// A new dataset has a name of its own for its recogniser: the one shown was made from the old.
document.addEventListener('change', (event) => {
  if (event.target.id === 'launch-dataset') document.getElementById('launch-recognizer').value = '';
}, true);

// What is unfolded is told to the server, so that it stays open and the focus inside it is kept.
document.addEventListener('toggle', (event) => {
  const form = event.target.closest?.('[data-launch]');
  if (!form) return;
  form.elements.open.value = [...form.querySelectorAll('details[open]')].map((part) => part.id).join(' ');
}, true);
