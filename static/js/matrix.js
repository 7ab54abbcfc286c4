// The confusion matrix: arrows move between its cells, Enter lists a cell's clips, Space plays the first of them.
import 'speechsite/player';
import 'speechsite/trust';

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Find the next cell with clips in a direction; empty cells are stepped over. */
export function neighbour(cell, [down, right]) {
  const table = cell.closest('table');
  let row = cell.parentElement.rowIndex;
  let column = cell.cellIndex;
  for (;;) {
    row += down;
    column += right;
    const next = table.rows[row]?.cells[column];
    if (!next || next.tagName === 'TH') return null;
    if (next.querySelector('a')) return next;
  }
}

function select(cell) {
  cell.closest('table').querySelectorAll('.sel').forEach((other) => other.classList.remove('sel'));
  cell.classList.add('sel');
}

document.addEventListener('keydown', (event) => {
  const cell = event.target.closest?.('[data-matrix] td');
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === ' ') {
    event.preventDefault();
    document.querySelector('#cell [data-play]')?.click();
    return;
  }
  const next = MOVES[event.key] && neighbour(cell, MOVES[event.key]);
  if (!next) return;
  event.preventDefault();
  next.querySelector('a').focus();
});

document.addEventListener('click', (event) => {
  const cell = event.target.closest?.('[data-matrix] td');
  if (cell?.querySelector('a')) select(cell);
});

document.addEventListener('htmx:afterSwap', () => {
  document.querySelector('[data-cell-said]').textContent = document.querySelector('#cell h3, #cell p')?.textContent ?? '';
});
