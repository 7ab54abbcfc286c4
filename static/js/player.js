// One voice on the page at a time. <button data-play="URL" aria-label="Play seven">; the row's wave fills as it plays.
// The row is the nearest [data-player], table row, list item or .row-line. data-from and data-to (seconds) play a part.
import { gettext } from 'speechsite/language';
import { showNotice } from 'speechsite/notice';

const audio = new Audio();
audio.preload = 'none';
let current = null;
const labels = new WeakMap(); // how a button is called at rest, while its sound plays
const [beforeName, behindName] = gettext('Play {name}').split('{name}');

function rowOf(button) {
  return button.closest('[data-player], tr, li, .row-line') ?? button;
}

/** "Play seven" is "Pause seven" while it plays; where no name is found in the page's words, it is "Pause". */
function pauseLabel(label) {
  const isNamed = label.startsWith(beforeName) && label.endsWith(behindName) && label.length > beforeName.length + behindName.length;
  return isNamed ? gettext('Pause {name}', { name: label.slice(beforeName.length, label.length - behindName.length) }) : gettext('Pause');
}

function nameButton(button, isPlaying) {
  const label = labels.get(button) ?? button.getAttribute('aria-label');
  if (!label) return;
  if (isPlaying) labels.set(button, label);
  else labels.delete(button);
  button.setAttribute('aria-label', isPlaying ? pauseLabel(label) : label);
}

function setLook(button, isPlaying) {
  const use = button.querySelector('use');
  const from = isPlaying ? 'player-play' : 'player-pause';
  const to = isPlaying ? 'player-pause' : 'player-play';
  use?.setAttribute('href', use.getAttribute('href').replace(`#${from}`, `#${to}`));
  nameButton(button, isPlaying);
  rowOf(button).classList.toggle('on', isPlaying);
}

function barsOf(path) {
  return path.getAttribute('d').split(/(?=M)/);
}

/** Colour the first part of a wave; share is between 0 and 1, and 0 takes the colour away. */
export function fillWave(svg, share) {
  const path = svg?.querySelector('path:not(.heard)');
  if (!path) return;
  let heard = svg.querySelector('.heard');
  if (share <= 0) {
    heard?.remove();
    return;
  }
  if (!heard) {
    heard = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    heard.setAttribute('class', 'heard');
    svg.append(heard);
  }
  const bars = barsOf(path);
  heard.setAttribute('d', bars.slice(0, Math.ceil(share * bars.length)).join(''));
}

function bounds(button) {
  const from = Number(button.dataset.from ?? 0);
  return { from, to: Number(button.dataset.to ?? audio.duration) };
}

function follow() {
  if (!current) return;
  const { from, to } = bounds(current);
  if (hasEnded(to)) {
    stop();
    return;
  }
  if (to > from) fillWave(rowOf(current).querySelector('svg.wave'), (audio.currentTime - from) / (to - from));
  if (!audio.paused) requestAnimationFrame(follow);
}

function hasEnded(to) {
  return audio.ended || (current.dataset.to !== undefined && audio.currentTime >= to);
}

/** Stop what plays and give its row its quiet look back. */
export function stop() {
  if (!current) return;
  audio.pause();
  fillWave(rowOf(current).querySelector('svg.wave'), 0);
  setLook(current, false);
  current = null;
}

function failed(reason) {
  if (reason?.name === 'AbortError') return;
  stop();
  showNotice({
    key: 'player', kind: 'bad', title: gettext('The recording was not played'),
    text: gettext('It may have been deleted, or the connection is gone. Nothing was changed; reload the page and try again.'),
  });
}

/** Play what the button names; pressing again pauses, and once more goes on. */
export async function toggle(button) {
  if (current === button && !audio.paused) {
    audio.pause();
    setLook(button, false);
    return;
  }
  if (current !== button) {
    stop();
    current = button;
    audio.src = button.dataset.play;
    if (button.dataset.from) audio.currentTime = Number(button.dataset.from);
  }
  setLook(button, true);
  try {
    await audio.play();
    follow();
  } catch (reason) {
    failed(reason);
  }
}

audio.addEventListener('ended', stop);
audio.addEventListener('error', () => current && failed(audio.error));
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-play]');
  if (button) toggle(button);
});
document.addEventListener('htmx:beforeCleanupElement', (event) => {
  if (current && event.target.contains?.(current)) stop();
});
