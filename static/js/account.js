// The account page: light or dark, and copying the token that is shown once.
import { gettext } from 'speechsite/language';

const root = document.documentElement;

function stored() {
  try { return localStorage.getItem('theme') ?? ''; } catch { return ''; }
}

function choose(theme) {
  if (theme) root.dataset.bsTheme = theme;
  else delete root.dataset.bsTheme;
  try {
    if (theme) localStorage.setItem('theme', theme);
    else localStorage.removeItem('theme');
  } catch { /* storage may be switched off: the choice holds for this page */ }
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard?.writeText(field.value);
  const copied = gettext('Copied');
  button.lastChild.textContent = ` ${copied}`;
}

document.querySelectorAll('[data-themes] input').forEach((input) => {
  input.checked = input.value === stored();
  input.addEventListener('change', () => choose(input.value));
});
document.querySelectorAll('[data-copy]').forEach((button) => button.addEventListener('click', () => copy(button)));
