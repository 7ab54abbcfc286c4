// A running training: the curves are not redrawn under a clip that plays, an open log stays open, asking to cancel is
// answered in place, and a new stage is said once to those who listen (the numbers never are).
function learningOf(event) {
  return event.target.id === 'job-learning' ? event.target : null;
}

document.addEventListener('htmx:beforeRequest', (event) => {
  if (learningOf(event)?.querySelector('tr.on')) event.preventDefault();
});

document.addEventListener('htmx:beforeSwap', (event) => {
  const open = [...(learningOf(event)?.querySelectorAll('details[data-keep-open][open]') ?? [])].map((part) => part.id);
  if (!open.length) return;
  document.addEventListener('htmx:afterSwap', () => {
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  }, { once: true });
});

document.addEventListener('click', (event) => {
  event.target.closest?.('[data-close-details]')?.closest('details').removeAttribute('open');
});

document.addEventListener('htmx:afterSwap', () => {
  const said = document.querySelector('[data-stage-said]');
  const stage = document.getElementById('job-now')?.dataset.stage;
  if (said && stage && said.textContent !== stage) said.textContent = stage;
});
