// The confusion matrix: arrows move between its cells, Enter lists a cell's clips, Space plays the first of them.
// And the chart of how far its confidence can be trusted.
import { drawChart, readJson } from 'speechsite/charts';

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

function trustOption(points, colour) {
  const axis = (name) => ({ type: 'value', min: 0, max: 100, interval: 25, name, nameLocation: 'middle', nameGap: 26 });
  return {
    grid: { left: 4, right: 12, top: 12, bottom: 24, containLabel: true },
    tooltip: { show: false },
    xAxis: { ...axis('it says, %'), splitLine: { show: false } },
    yAxis: axis(''),
    series: [
      { type: 'line', data: [[0, 0], [100, 100]], showSymbol: false, silent: true, lineStyle: { color: colour.ink3, type: 'dotted', width: 1.5 } },
      { type: 'line', data: points, symbol: 'circle', symbolSize: 9, lineStyle: { color: colour.data, width: 2 }, itemStyle: { color: colour.data } },
    ],
  };
}

for (const plot of document.querySelectorAll('[data-trust]')) {
  const points = readJson(plot.dataset.source);
  drawChart(plot, (colour) => trustOption(points, colour));
}
