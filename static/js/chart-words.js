// What ECharts tells those who cannot see a chart, in the page's language: the part of an ECharts locale that pages use.
import { gettext } from 'speechsite/language';

/** For echarts.registerLocale; ECharts fills in the {places}, and takes everything else from its English. */
export const CHART_WORDS = {
  series: { typeNames: { line: gettext('Line chart'), bar: gettext('Bar chart'), chart: gettext('Chart') } },
  aria: {
    general: {
      withTitle: gettext('This is a chart about "{title}"'),
      withoutTitle: gettext('This is a chart'),
    },
    series: {
      single: {
        withName: gettext(' with type {seriesType} named {seriesName}.'),
        withoutName: gettext(' with type {seriesType}.'),
      },
      multiple: {
        prefix: gettext('. It consists of {seriesCount} series count.'),
        withName: gettext(' The {seriesId} series is a {seriesType} representing {seriesName}.'),
        withoutName: gettext(' The {seriesId} series is a {seriesType}.'),
      },
    },
    data: {
      allData: gettext('The data is as follows: '),
      partialData: gettext('The first {displayCnt} items are: '),
      withName: gettext('the data for {name} is {value}'),
    },
  },
};
