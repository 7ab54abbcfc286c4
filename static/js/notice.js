// Notices from scripts stand where Django's messages stand, and are announced once.
const ICONS = { bad: 'alert-circle', warn: 'alert-triangle', good: 'circle-check', info: 'info-circle' };
const SPRITE = new URL('../build/icons.svg', import.meta.url).href;

/** Return one icon of the sprite as an element. */
export function iconElement(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

function textElement(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

/** Return a notice. kind: bad, warn, good or info; the title is optional; the code stands small at the end. */
export function noticeElement({ kind = 'info', title = '', text, code = '' }) {
  const notice = document.createElement('div');
  notice.className = `notice ${kind === 'info' ? '' : kind}`;
  notice.append(iconElement(ICONS[kind]));
  if (title) notice.append(textElement('b', title));
  notice.append(textElement('p', text));
  if (code) notice.append(Object.assign(textElement('span', code), { className: 'tiny quiet mono' }));
  return notice;
}

/** Show a notice at the head of the page; one with the same key replaces the last. Returns the element. */
export function showNotice({ key = '', ...content }) {
  const notice = noticeElement(content);
  if (key) {
    clearNotice(key);
    notice.dataset.key = key;
  }
  document.getElementById('messages').append(notice);
  return notice;
}

/** Take away the notice that was shown under this key. */
export function clearNotice(key) {
  document.querySelectorAll('#messages > .notice').forEach((notice) => notice.dataset.key === key && notice.remove());
}
