// The chart of how far its confidence can be trusted: what it says against how much was right, both in percent.
import { drawChart, readJson } from 'speechsite/charts';
import { gettext } from 'speechsite/language';

function trustOption(points, colour) {
  const axis = (name) => ({ type: 'value', min: 0, max: 100, interval: 25, name, nameLocation: 'middle', nameGap: 26 });
  return {
    grid: { left: 4, right: 12, top: 12, bottom: 24, containLabel: true },
    tooltip: { show: false },
    xAxis: { ...axis(gettext('it says, %')), splitLine: { show: false } },
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
