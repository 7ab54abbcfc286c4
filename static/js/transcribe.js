// The transcribe page: speak, or drop files.
import { takeFiles } from 'speechsite/drop';
import { hearsSentences, sendRecording, sendingText } from 'speechsite/heard';
import { onKeys } from 'speechsite/keys';
import { gettext } from 'speechsite/language';
import { Talk } from 'speechsite/talk';

const stage = document.querySelector('[data-transcribe]');
const part = (name) => stage.querySelector(`[data-${name}]`);

function showForSentences() {
  const field = part('for-sentences');
  if (field) field.hidden = !hearsSentences(stage);
  part('drop').elements.model.value = part('model').value;
}

function choose(position) {
  const choice = document.querySelectorAll('#recent > article:first-child .was-it button')[position];
  choice?.click();
  return Boolean(choice);
}

if (part('talk')) {
  const talk = new Talk(stage);
  takeFiles(part('drop'), async (file, { at, of }) => {
    const place = of > 1 ? { at, all: of } : null;
    if (at === 1) part('refused').replaceChildren();
    part('live-wave').querySelector('path').setAttribute('d', '');
    part('status-words').textContent = sendingText({ name: file.name, place });
    await sendRecording({ stage, blob: file, name: file.name, origin: 'upload', place, refused: of > 1 ? part('refused') : null });
    part('status-words').textContent = gettext('Ready.');
  });
  showForSentences();
  part('model').addEventListener('change', showForSentences);
  onKeys({
    t: () => talk.button.setTapMode(!talk.button.isTapMode),
    Escape: () => talk.drop(),
    1: () => choose(0), 2: () => choose(1), 3: () => choose(2),
  });
}
