// Shapes to be read (curves, histograms) are ECharts; marks that are links are HTML. Colours come from the tokens.
// Without a script of your own: <div class="plot" data-chart="curves" data-source="ID OF A json_script"></div>
import * as echarts from 'echarts';
import { KINDS } from 'speechsite/chart-kinds';
import { CHART_WORDS } from 'speechsite/chart-words';
import { language } from 'speechsite/language';

const drawn = new Map();
const PAGE = 'PAGE';
echarts.registerLocale(PAGE, CHART_WORDS);

/** A number of a chart in the page's language; a dash where there is none. */
const inPageLanguage = (value) => (Number.isFinite(value) ? value.toLocaleString(language, { maximumFractionDigits: 20 }) : '-');

/** Resolve a colour token: light-dark() reads back unresolved, so a probe element asks the browser. */
export function token(name) {
  const probe = document.createElement('i');
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** The colours by role, for the theme of this moment. */
export function colours() {
  return {
    ink: token('ink'), ink2: token('ink-2'), ink3: token('ink-3'), line: token('line'), surface: token('surface'),
    data: token('data'), added: token('accent-mid'), wave: token('wave'), soft: token('accent-soft'), warn: token('warn-mark'),
  };
}

/** Read what Django's json_script wrote. */
export function readJson(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function axis(own, { colour, font, isValue }) {
  return {
    axisLine: { show: !isValue, lineStyle: { color: colour.line } },
    axisTick: { show: false },
    splitLine: { show: isValue, lineStyle: { color: colour.line } },
    ...own,
    axisLabel: {
      color: colour.ink2, fontSize: 12, fontFamily: font, hideOverlap: true,
      ...(own.type === 'value' && { formatter: inPageLanguage }), ...own.axisLabel,
    },
    nameTextStyle: { color: colour.ink2, fontSize: 12, fontFamily: font, ...own.nameTextStyle },
  };
}

function fullOption(option, colour) {
  const font = getComputedStyle(document.body).fontFamily;
  return {
    animation: false,
    textStyle: { fontFamily: font, color: colour.ink },
    grid: { left: 4, right: 8, top: 14, bottom: 4, containLabel: true },
    aria: { enabled: true, decal: { show: false } },
    // Drawn in the picture: an HTML tooltip would need style attributes, which the policy forbids.
    tooltip: {
      trigger: 'axis', renderMode: 'richText', valueFormatter: inPageLanguage, backgroundColor: colour.surface,
      borderColor: colour.line, textStyle: { color: colour.ink, fontSize: 13, fontFamily: font },
    },
    ...option,
    xAxis: axis(option.xAxis, { colour, font, isValue: false }),
    yAxis: axis(option.yAxis, { colour, font, isValue: true }),
  };
}

/** Draw or redraw one chart; build(colours) returns an ECharts option with one xAxis and one yAxis. */
export function drawChart(element, build) {
  const known = drawn.get(element);
  const chart = known?.chart ?? echarts.init(element, null, { renderer: 'svg', locale: PAGE });
  chart.setOption(fullOption(build(colours()), colours()), true);
  element.setAttribute('role', 'img');
  drawn.set(element, { chart, build });
  if (!known) sizes.observe(element);
  return chart;
}

/** Draw every [data-chart] below root from its json_script. */
export function drawAll(root) {
  root.querySelectorAll('[data-chart]').forEach((element) => {
    const values = readJson(element.dataset.source);
    drawChart(element, (colour) => KINDS[element.dataset.chart](values, colour));
  });
}

function forgetGone() {
  for (const [element, { chart }] of drawn) {
    if (element.isConnected) continue;
    sizes.unobserve(element);
    chart.dispose();
    drawn.delete(element);
  }
}

function redrawAll() {
  for (const [element, { build }] of drawn) drawChart(element, build);
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => drawn.get(entry.target)?.chart.resize()));
drawAll(document);
document.addEventListener('htmx:load', (event) => {
  forgetGone();
  drawAll(event.detail.elt);
});
new MutationObserver(redrawAll).observe(document.documentElement, { attributes: true, attributeFilter: ['data-bs-theme'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
