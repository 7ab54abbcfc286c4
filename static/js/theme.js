// Blocking on purpose: the stored choice must stand before the first paint. Without one, the system decides.
{
  let choice = null;
  try { choice = localStorage.getItem('theme'); } catch { /* storage may be switched off */ }
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.bsTheme = choice;
}
