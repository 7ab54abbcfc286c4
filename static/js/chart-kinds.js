// The kinds of chart pages share. Each takes what the server wrote and the colours, and returns an ECharts option.
import { gettext } from 'speechsite/language';

const hatch = (colour) => ({
  symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4, color: colour.surface,
});

/** Which edge of the label at a line's end lies on its point: the highest line's stands above it, the lowest one's below. */
function edgeOf(series, all) {
  const last = (one) => one.points.at(-1)?.[1] ?? 0;
  const ends = all.filter((one) => one.end).sort((one, other) => last(other) - last(one));
  if (ends.length < 2) return 'middle';
  return { [ends.length - 1]: 'top', 0: 'bottom' }[ends.indexOf(series)] ?? 'middle';
}

/**
 * Lines over epochs. values: {epochs, series: [{name, role: "main" | "reference" | "best", points: [[x, y], ...], end}],
 * y: {min, max, interval}, unit}. role "best" is the version to beat: a dashed amber level.
 */
function curves(values, colour) {
  const looks = {
    main: { color: colour.data, width: 2, type: 'solid' },
    reference: { color: colour.ink3, width: 1.5, type: 'dashed' },
    best: { color: colour.warn, width: 1.5, type: 'dashed' },
  };
  return {
    grid: { left: 2, right: 44, top: 8, bottom: 2, containLabel: true },
    xAxis: { type: 'value', min: 1, max: Math.max(values.epochs, 2), splitLine: { show: false }, minInterval: 1 },
    yAxis: { type: 'value', ...values.y },
    series: values.series.map((series) => ({
      type: 'line', name: series.name, showSymbol: series.points.length < 2, data: series.points,
      lineStyle: looks[series.role], itemStyle: { color: looks[series.role].color },
      endLabel: {
        show: Boolean(series.end), formatter: series.end ?? '', verticalAlign: edgeOf(series, values.series),
        color: colour.ink, fontSize: 12, fontWeight: series.role === 'main' ? 600 : 400,
      },
    })),
  };
}

/** Bars of counts. values: {labels: [...], counts: [...], low: [positions that need attention], every: label step}. */
function histogram(values, colour) {
  const low = new Set(values.low ?? []);
  const bar = (count, position) => ({
    value: count,
    itemStyle: low.has(position) ? { color: colour.warn, decal: hatch(colour) } : { color: colour.data },
  });
  return {
    xAxis: { type: 'category', data: values.labels, axisLabel: { interval: (values.every ?? 1) - 1 } },
    yAxis: { type: 'value', splitNumber: 4, minInterval: 1 },
    series: [{ type: 'bar', barCategoryGap: '8%', itemStyle: { borderRadius: [2, 2, 0, 0] }, data: values.counts.map(bar) }],
  };
}

/** What each threshold would do: shares answered and right, in percent, with a line at the one that is used. */
function threshold(values, colour) {
  const line = (data, own) => ({ type: 'line', data, showSymbol: false, lineStyle: { width: 2, ...own } });
  const chosen = { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: colour.ink2, type: 'solid', width: 1 }, data: [{ xAxis: values.chosen }] };
  return {
    grid: { left: 4, right: 12, top: 12, bottom: 24, containLabel: true },
    xAxis: { type: 'value', min: 0, max: 100, interval: 25, name: gettext('needed to answer, %'), nameLocation: 'middle', nameGap: 26, splitLine: { show: false } },
    yAxis: { type: 'value', min: 0, max: 100, interval: 25 },
    series: [
      { ...line(values.answered, { color: colour.data }), markLine: chosen },
      line(values.right, { color: colour.ink3, type: 'dashed' }),
    ],
  };
}

export const KINDS = { curves, histogram, threshold };
