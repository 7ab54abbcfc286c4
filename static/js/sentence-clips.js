// The result of sentences: playing, and the confusion whose clips are shown is marked.
import 'speechsite/player';

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.confusions a');
  if (!link) return;
  document.querySelectorAll('.confusions [aria-current]').forEach((other) => other.removeAttribute('aria-current'));
  link.setAttribute('aria-current', 'true');
});
