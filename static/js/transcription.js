// One recording: the player, the words, the keys, and the desk once the text is whole. Text and player may come later.
import { copyText } from 'speechsite/copy-text';
import { onKeys } from 'speechsite/keys';
import 'speechsite/models';
import { ReviewDesk } from 'speechsite/review-desk';
import { ReviewKeys } from 'speechsite/review-keys';
import { ReviewPlayer, SKIP_SECONDS } from 'speechsite/review-player';
import { addRest } from 'speechsite/segment-list';
import { SpokenWords } from 'speechsite/spoken-words';

const STEP_SECONDS = 1;
let player = null;
let desk = null;
let words = null;

function lineNow() {
  const line = desk?.line ?? document.querySelector('#segments > li.on') ?? document.querySelector('#segments > li');
  return line ? { start: Number(line.dataset.start), end: Number(line.dataset.end) } : null;
}

const withPlayer = (act) => () => (player ? act(player) : false);
const withDesk = (act) => (event) => (desk ? act(desk, event) : false);
const isWriting = () => document.activeElement?.matches('textarea, input:not([type=range])');

function escape() {
  if (desk?.words.word) {
    desk.words.close();
    return true;
  }
  return document.querySelector('details.menu[open]') || !player ? false : player.toggle();
}

function takeBack(way) {
  return withDesk((here) => !isWriting() && here.takeBack(way));
}

const approve = () => document.querySelector('[data-approve]')?.requestSubmit();

const ACTS = {
  play: escape,
  back: withPlayer((it) => it.skip(-SKIP_SECONDS)),
  forward: withPlayer((it) => it.skip(SKIP_SECONDS)),
  slower: withPlayer((it) => it.changeSpeed(-1)),
  faster: withPlayer((it) => it.changeSpeed(1)),
  loop: withPlayer((it) => it.toggleLoop()),
  nextDoubt: withDesk((it) => it.goOn(1)),
  previousDoubt: withDesk((it) => it.goOn(-1)),
  take1: withDesk((it) => it.take(1)),
  take2: withDesk((it) => it.take(2)),
  take3: withDesk((it) => it.take(3)),
  line: withDesk((it, event) => !(isWriting() && event?.key.length === 1 && !event.ctrlKey && !event.altKey) && it.writeLine()),
  split: withDesk((it) => it.split()),
  join: withDesk((it) => it.join()),
  startEarlier: withDesk((it) => it.nudge('start', -1)),
  startLater: withDesk((it) => it.nudge('start', 1)),
  endEarlier: withDesk((it) => it.nudge('end', -1)),
  endLater: withDesk((it) => it.nudge('end', 1)),
  undo: takeBack('undo'),
  redo: takeBack('redo'),
  approve: withDesk(approve),
  addLine: withDesk(() => document.querySelector('[data-add-line]')?.click()),
};

/** Wake the player once it is there, and the desk once the text is whole. */
function wake() {
  const list = document.querySelector('[data-words]');
  const panel = document.querySelector('[data-audio]');
  const head = document.querySelector('[data-desk]');
  if (!list) return;
  words ??= new SpokenWords(list, {
    onPlay: (from) => player?.playFrom(from),
    onWrite: (word) => (desk ? desk.writeWord(word) : false),
  });
  if (panel) player ??= new ReviewPlayer(panel, {
    lineNow,
    onTime: (now, isPlaying) => words.show(isPlaying ? now : null),
    onSeek: (seconds) => words.reveal(seconds),
  });
  if (head) desk ??= wakeDesk(head, list);
}

function wakeDesk(head, list) {
  const made = new ReviewDesk(head, list, (name) => keys.keysOf(name));
  made.section.addEventListener('line', (event) => {
    player?.wave.showLine({ start: Number(event.detail.dataset.start), end: Number(event.detail.dataset.end) });
  });
  addRest(list, () => made.saves.revision).then(() => {
    made.doubt.mark();
    goToMoment(list);
  });
  return made;
}

/** An address with ?at=12.3 opens at that moment: a clip of a dataset leads to where it was said. */
function goToMoment(list) {
  const at = Number(new URLSearchParams(window.location.search).get('at'));
  if (!at) return;
  player?.seek(at);
  const word = [...list.querySelectorAll('.w')].find((each) => Number(each.dataset.to) > at);
  word?.scrollIntoView({ block: 'center' });
  word?.focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-act], [data-undo], [data-copy-text], [data-print]');
  if (!button) return;
  if (button.matches('[data-act]')) ACTS[button.dataset.act]();
  else if (button.matches('[data-undo]')) desk?.takeBack('undo');
  else if (button.matches('[data-print]')) window.print();
  else copyText(button.dataset.copyText);
});
document.addEventListener('submit', async (event) => {
  if (!event.target.matches('[data-approve]') || !desk || event.target.dataset.isSettled) return;
  event.preventDefault();
  event.stopPropagation();
  const form = event.target;
  await desk.settle();
  form.dataset.isSettled = 'true';
  form.requestSubmit();
}, true);

const keys = new ReviewKeys(ACTS);
wake();
document.addEventListener('htmx:load', () => {
  wake();
  keys.show();
});
onKeys({
  ' ': () => player?.toggle(),
  ArrowLeft: () => player?.skip(-STEP_SECONDS),
  ArrowRight: () => player?.skip(STEP_SECONDS),
});
