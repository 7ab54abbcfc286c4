// Texts of the scripts in the page's language. English is the source; other languages come with Django's catalogue.

/** The language of the page, for numbers and dates. */
export const language = document.documentElement.lang || 'en';

const POINT = (1.5).toLocaleString(language).charAt(1);

/** Write a number with so many decimals: 3.2, in German 3,2. */
export function decimal(number, places) {
  return number.toFixed(places).replace('.', POINT);
}

const written = (value) => (Number.isInteger(value) ? value.toLocaleString(language) : value);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? written(values[name]) : place));

/** Say a sentence in the page's language, with its {values} filled in. */
export function gettext(text, values = {}) {
  return filled(globalThis.django?.gettext?.(text) ?? text, values);
}

/** Say the sentence for one or for many, with {count} and its other values filled in. */
export function ngettext(one, many, count, values = {}) {
  const text = globalThis.django?.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
  return filled(text, { count, ...values });
}

/** Write a level: −11 dBFS. */
export function decibels(level) {
  return `${level < 0 ? '−' : ''}${Math.abs(Math.round(level))}\u00a0dBFS`;
}

/** Write a number of bytes in megabytes: 3.1, 48. */
export function megabytes(bytes) {
  const amount = bytes / 1e6;
  return amount.toLocaleString(language, { maximumFractionDigits: amount < 10 ? 1 : 0 });
}
