// The menus of the versions: one open at a time, closed by Escape and by a press beside it.
const menus = () => document.querySelectorAll('details.menu[open]');

document.addEventListener('toggle', (event) => {
  if (event.target.matches?.('details.menu[open]')) menus().forEach((menu) => { menu.open = menu === event.target; });
}, true);
document.addEventListener('click', (event) => {
  menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  menus().forEach((menu) => {
    menu.open = false;
    menu.querySelector('summary').focus();
  });
});
