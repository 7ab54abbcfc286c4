// A button with data-busy="Starting" says so once the answer takes longer than 400 ms, keeps its width and cannot be pressed twice.
const PATIENCE_MS = 400;
const waiting = new Map();

function begin(button) {
  if (waiting.has(button)) return;
  const timer = setTimeout(() => {
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = button.dataset.busy;
  }, PATIENCE_MS);
  waiting.set(button, { timer, content: [...button.childNodes] });
  button.setAttribute('aria-busy', 'true');
  button.setAttribute('aria-disabled', 'true');
}

function end(button) {
  const state = waiting.get(button);
  if (!state) return;
  clearTimeout(state.timer);
  button.replaceChildren(...state.content);
  button.removeAttribute('aria-busy');
  button.removeAttribute('aria-disabled');
  button.style.minWidth = '';
  waiting.delete(button);
}

function buttonOf(form, submitter) {
  return submitter?.dataset.busy ? submitter : form.querySelector('button[data-busy]');
}

document.addEventListener('submit', (event) => {
  const button = buttonOf(event.target, event.submitter);
  if (!button) return;
  if (waiting.has(button)) event.preventDefault();
  else begin(button);
});
document.addEventListener('htmx:afterRequest', () => [...waiting.keys()].forEach(end));
window.addEventListener('pageshow', () => [...waiting.keys()].forEach(end));
