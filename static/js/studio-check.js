// The microphone before the first take: which one, how loud the room is, how loud the voice, and how it sounds.
import { decibels, gettext } from 'speechsite/language';
import { Meter } from 'speechsite/meter';
import { microphones } from 'speechsite/recorder';

const ROOM_MS = 1500;
const VOICE_MS = 3000;
const QUIET_ROOM_DBFS = -50;
const LOUD_ROOM_DBFS = -38;
const ROOM_KEY = 'speechsite-room';
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function middleOf(levels) {
  return levels.length ? [...levels].sort((one, other) => one - other)[Math.floor(levels.length / 2)] : NaN;
}

/** Return {kind, title, text} about the room and the voice of a check. */
export function checkVerdict({ roomDbfs, peakDbfs, clipped }) {
  const facts = gettext('Room noise {room}, your voice up to {voice}.', { room: decibels(roomDbfs), voice: decibels(peakDbfs) });
  const verdict = (kind, title, advice) => ({ kind, title, text: `${facts} ${advice}` });
  if (peakDbfs < roomDbfs + 10) {
    return verdict('bad', gettext('No voice to hear'), gettext('Choose another microphone, or come closer and check again.'));
  }
  if (clipped) return verdict('warn', gettext('Too loud'), gettext('Move away a little, or turn the microphone down, and check again.'));
  if (peakDbfs < -32) return verdict('warn', gettext('Too quiet'), gettext('Come closer, or turn the microphone up, and check again.'));
  if (roomDbfs > LOUD_ROOM_DBFS) {
    return verdict('warn', gettext('A loud room'), gettext('Shut the window, turn off what hums, and check again.'));
  }
  return verdict('good', gettext('Good'), roomDbfs < QUIET_ROOM_DBFS ? gettext('A quiet room.') : gettext('The room is quiet enough.'));
}

/** Return the room's noise as it was measured last in this browser, in words. */
export function roomText() {
  const stored = window.localStorage.getItem(ROOM_KEY);
  if (!stored) return '';
  const roomDbfs = Number(stored);
  const noise = { level: decibels(roomDbfs) };
  if (roomDbfs < QUIET_ROOM_DBFS) return gettext('Room noise {level}: quiet.', noise);
  return roomDbfs > LOUD_ROOM_DBFS ? gettext('Room noise {level}: loud.', noise) : gettext('Room noise {level}: quiet enough.', noise);
}

export class MicrophoneCheck {
  #levels = null;

  /** dialog: the [data-check] element; say(element, verdict) shows a verdict; failed(problem) when there is no microphone. */
  constructor({ dialog, recorder, say, failed }) {
    Object.assign(this, { dialog, recorder, say, failed });
    this.meter = new Meter(dialog.querySelector('[data-meter]'));
    recorder.addEventListener('level', ({ detail }) => {
      if (!dialog.open) return;
      this.meter.show(detail);
      this.#levels?.push(detail.rmsDbfs);
    });
    this.part('begin').addEventListener('click', () => this.run());
    dialog.addEventListener('close', () => recorder.discard());
    document.getElementById('microphones').addEventListener('change', () => recorder.close());
  }

  part(name) { return this.dialog.querySelector(`[data-check-${name}]`); }

  get deviceId() { return document.getElementById('microphones').value || undefined; }

  get wasDone() { return window.localStorage.getItem(ROOM_KEY) !== null; }

  open() { this.dialog.showModal(); }

  async run() {
    this.part('begin').disabled = true;
    this.part('play').hidden = true;
    try {
      await this.recorder.open({ deviceId: this.deviceId });
      await this.nameMicrophones();
      await this.#measure();
    } catch (problem) {
      this.dialog.close();
      this.failed(problem);
    } finally {
      this.part('begin').disabled = false;
    }
  }

  async #measure() {
    this.#say({ kind: '', title: gettext('Be quiet for a moment'), text: gettext('This listens to the room.') });
    this.#levels = [];
    await pause(ROOM_MS);
    const roomDbfs = middleOf(this.#levels);
    this.#levels = null;
    this.#say({ kind: '', title: gettext('Now say something'), text: gettext('As loud as you will speak later.') });
    await this.recorder.start();
    await pause(VOICE_MS);
    const take = await this.recorder.stop();
    if (!take) return; // closed in between
    window.localStorage.setItem(ROOM_KEY, String(Math.round(roomDbfs)));
    this.#say(checkVerdict({ roomDbfs, ...take }));
    this.part('play').dataset.play = URL.createObjectURL(take.wav);
    this.part('play').hidden = false;
    this.part('begin').querySelector('span').textContent = gettext('Check again');
    this.part('close').textContent = gettext('Start recording');
    for (const name of ['begin', 'close']) this.part(name).classList.toggle('btn-primary', name === 'close');
    this.part('close').focus();
  }

  #say(verdict) {
    this.say(this.part('says'), verdict);
    this.part('reason').textContent = verdict.text;
  }

  /** Fill the list of devices; their names are known once a microphone is open. */
  async nameMicrophones() {
    const list = document.getElementById('microphones');
    if (list.options.length > 1) return;
    for (const { deviceId, label } of await microphones()) {
      if (deviceId && deviceId !== 'default') list.add(new Option(label, deviceId));
    }
  }
}
