// What is said of a take at once, before the site has heard it.
import { decibels, decimal, gettext } from 'speechsite/language';

const SHORTEST_SECONDS = 0.25;
const LONGEST_SECONDS = 10;
const LONGEST_SENTENCE_SECONDS = 30;
const SILENT_DBFS = -45;
const QUIET_DBFS = -32;
const EDGE_SECONDS = 0.03;
const EDGE_SHARE = 0.5;
const FRAME_SECONDS = 0.025;
const LEAST_SNR_DB = 12;
const QUIET_ROOM_DBFS = -50;
const RATE_HZ = 16000;
const SAY_IT = { false: gettext('Press, say the word, then press again.'), true: gettext('Press, read the sentence, then press again.') };
const ONE_IS_ENOUGH = { false: gettext('One word is enough.'), true: gettext('One sentence is enough.') };

function peakOf(samples) {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** Return how loud the quietest tenth and the loudest tenth of a take's frames are, in dBFS. */
function spreadOf(samples) {
  const size = Math.round(FRAME_SECONDS * RATE_HZ);
  const levels = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    const power = samples.subarray(at, at + size).reduce((sum, sample) => sum + sample * sample, 0) / size;
    levels.push(10 * Math.log10(Math.max(power, 1e-10)));
  }
  levels.sort((one, other) => one - other);
  return { behind: levels[Math.floor(levels.length * 0.1)], voice: levels[Math.floor(levels.length * 0.9)] };
}

/** Return which end of a take is as loud as its middle: 'start', 'end', or nothing. */
function cutAt(samples) {
  const edge = Math.round(EDGE_SECONDS * RATE_HZ);
  const loud = EDGE_SHARE * peakOf(samples);
  if (peakOf(samples.subarray(0, edge)) > loud) return 'start';
  return peakOf(samples.subarray(samples.length - edge)) > loud ? 'end' : '';
}

function noiseText(values, isSentence) {
  return isSentence
    ? gettext('{facts}, {level} behind the sentence. Come closer, or turn off what hums.', values)
    : gettext('{facts}, {level} behind the word. Come closer, or turn off what hums.', values);
}

/** Return {kind: good, warn or bad, title, text} for a take of the recorder. */
export function verdictOn({ samples, durationSeconds, peakDbfs, clipped }, { isSentence = false } = {}) {
  const facts = gettext('{seconds} s, peak {level}', { seconds: decimal(durationSeconds, 2), level: decibels(peakDbfs) });
  const verdict = (kind, title, advice) => ({ kind, title, text: `${facts}. ${advice}` });
  if (durationSeconds < SHORTEST_SECONDS) return verdict('bad', gettext('Too short'), SAY_IT[isSentence]);
  if (peakDbfs < SILENT_DBFS) return verdict('bad', gettext('Nothing to hear'), gettext('Is this the right microphone?'));
  if (clipped) return verdict('warn', gettext('Clipped'), gettext('Speak softer or move away a little.'));
  if (peakDbfs < QUIET_DBFS) return verdict('warn', gettext('Too quiet'), gettext('Come closer to the microphone.'));
  if (durationSeconds > (isSentence ? LONGEST_SENTENCE_SECONDS : LONGEST_SECONDS)) return verdict('warn', gettext('Very long'), ONE_IS_ENOUGH[isSentence]);
  const cut = cutAt(samples);
  if (cut === 'start') return verdict('warn', gettext('Cut off at the start'), gettext('Wait a moment after the first press.'));
  if (cut === 'end') return verdict('warn', gettext('Cut off at the end'), gettext('Wait a moment before the last press.'));
  const { behind, voice } = spreadOf(samples);
  if (voice - behind < LEAST_SNR_DB) return { kind: 'warn', title: gettext('Noisy'), text: noiseText({ facts, level: decibels(behind) }, isSentence) };
  const text = behind < QUIET_ROOM_DBFS ? gettext('{facts}, quiet room', { facts }) : facts;
  return { kind: 'good', title: gettext('Good take'), text };
}
