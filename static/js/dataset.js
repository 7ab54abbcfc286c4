// The dataset's page and the page of an import: playing, and problems that are folded away at first.
import 'speechsite/player';

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-show-later]');
  if (!button) return;
  for (const line of button.closest('section').querySelectorAll('.later')) line.hidden = false;
  button.parentElement.remove();
});
