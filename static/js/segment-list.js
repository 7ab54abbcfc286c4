// The lines of a transcript on the page: where a line or word stands, and new lines in the place of old ones.

/** Where a line stands. */
export function placeOf(line) {
  return [...line.parentElement.children].indexOf(line);
}

/** Where a word stands: its line, and its place there. */
export function wordPlace(word) {
  const line = word.closest('li');
  return { at: placeOf(line), place: [...line.querySelectorAll('.w')].indexOf(word) };
}

/** A function that finds the same word again in a page that was drawn anew; null where it is gone. */
export function finderOf(list, word) {
  const { from } = word.dataset;
  return () => {
    const same = word.isConnected ? word : list.querySelector(`.w[data-from="${CSS.escape(from)}"]`);
    return same ? wordPlace(same) : null;
  };
}

/** A function that finds the same line again. */
export function lineFinderOf(list, line) {
  const { start } = line.dataset;
  return () => {
    const same = line.isConnected ? line : list.querySelector(`li[data-start="${CSS.escape(start)}"]`);
    return same ? { at: placeOf(same) } : null;
  };
}

function linesOf(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return [...template.content.children];
}

const LINES_AT_ONCE = 150;
const AGAIN_MS = 4000;
const breath = () => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });

async function linesFrom(url) {
  try {
    const answer = await fetch(url);
    if (answer.ok) return linesOf(await answer.text());
  } catch {
    // The connection is gone; it is asked again.
  }
  await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
  return null;
}

/** Add the lines that the page came without, a few at a time; `revisionNow()` is the one the page shows. */
export async function addRest(list, revisionNow) {
  while (list.dataset.more) {
    const shown = revisionNow();
    const after = list.children.length;
    const lines = await linesFrom(`${list.dataset.more}?after=${after}&shown=${shown}`);
    while (lines?.length && shown === revisionNow()) {
      list.append(...lines.splice(0, LINES_AT_ONCE));
      await breath();
    }
    if (lines?.length === 0) delete list.dataset.more;
  }
}

function focusedIn(lines) {
  const word = document.activeElement?.closest?.('.w');
  const line = word && lines.find((each) => each.contains(word));
  return line ? { from: word.dataset.from, place: [...line.querySelectorAll('.w')].indexOf(word) } : null;
}

function focusAgain(lines, focused) {
  const words = lines.flatMap((line) => [...line.querySelectorAll('.w')]);
  const word = words.find((each) => each.dataset.from === focused.from) ?? words[Math.min(focused.place, words.length - 1)];
  word?.focus({ preventScroll: true });
}

/** Put changes on the page, the last first; `onReplace(old, lines)` lets open fields go along. The focus stays. */
export function putChanges(list, changes, onReplace) {
  const loaded = list.dataset.more ? list.children.length : Infinity;
  // Lines that have not come yet come as they are by then; a change across that edge needs the page anew.
  if (changes.some(({ at, count }) => at < loaded && at + count > loaded)) window.location.reload();
  for (const { at, count, html } of changes.filter((change) => change.at < loaded).reverse()) {
    const old = [...list.children].slice(at, at + count);
    const behind = list.children[at + count] ?? null;
    const focused = focusedIn(old);
    const lines = linesOf(html);
    lines.forEach((line) => list.insertBefore(line, behind));
    onReplace(old, lines);
    old.forEach((line) => line.remove());
    if (focused) focusAgain(lines, focused);
  }
}
