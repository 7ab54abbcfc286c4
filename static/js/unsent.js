// The chip in the bar that says what is not sent yet, and the list behind it.
import { gettext, ngettext } from 'speechsite/language';
import { iconElement } from 'speechsite/notice';
import { sender } from 'speechsite/outbox-sender';

const chip = document.querySelector('[data-unsent]');
const list = document.getElementById('unsent-list');

function waitText({ why, againAt }) {
  if (why === 'login') return gettext(', safe on this device, log in to send');
  const seconds = Math.ceil((againAt - Date.now()) / 1000);
  if (sender.outbox.isDurable) {
    return seconds > 0 ? gettext(', safe on this device, trying again in {seconds} s', { seconds }) : gettext(', safe on this device');
  }
  if (seconds > 0) return gettext(', safe while this page is open, trying again in {seconds} s', { seconds });
  return gettext(', safe while this page is open');
}

/** Say it once when the line is lost, and once when all is sent; not for every take. */
function announce() {
  const { unsent, why } = sender.state;
  const said = document.querySelector('[data-unsent-said]');
  const settled = said.textContent && !unsent ? gettext('All takes are sent.') : said.textContent;
  const text = why ? gettext('Takes wait to be sent; they are safe on this device.') : settled;
  if (said.textContent !== text) said.textContent = text;
}

function show() {
  const { unsent, refused } = sender.state;
  announce();
  chip.hidden = !unsent && !refused.length;
  if (chip.hidden) return;
  chip.querySelector('[data-count]').textContent = unsent
    ? gettext('{count} unsent', { count: unsent })
    : ngettext('{count} take not taken', '{count} takes not taken', refused.length);
  chip.querySelector('[data-wait]').textContent = unsent ? waitText(sender.state) : '';
}

function line(take) {
  const item = document.createElement('li');
  item.className = 'row-line';
  const said = document.createElement('span');
  said.innerHTML = '<b><bdi></bdi></b> <span class="small quiet"></span>';
  said.querySelector('bdi').textContent = take.word;
  said.querySelector('.small').textContent = take.refusal ? take.refusal.message : gettext('waits to be sent');
  const sound = URL.createObjectURL(take.wav);
  const save = Object.assign(document.createElement('a'), { href: sound, download: `${take.word}.wav`, className: 'btn btn-sm' });
  const saved = gettext('Save');
  save.append(iconElement('download'), ` ${saved}`);
  const forget = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-sm', textContent: gettext('Forget it') });
  forget.addEventListener('click', async () => {
    await sender.forget(take.id);
    URL.revokeObjectURL(sound);
    item.remove();
    if (!list.querySelector('li')) list.close();
  });
  const acts = document.createElement('span');
  acts.className = 'push row-line tight keep';
  acts.append(save, forget);
  item.append(said, acts);
  return item;
}

if (sender) {
  sender.addEventListener('change', show);
  setInterval(() => !chip.hidden && show(), 1000);
  chip.addEventListener('click', async () => {
    list.querySelector('ol').replaceChildren(...(await sender.outbox.all()).map(line));
    list.showModal();
  });
  if (sender.outbox.mayHold) sender.work();
}
