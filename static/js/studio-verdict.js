// What is said of a take at once, before the site has heard it.
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
const MINUS = '−';
const RATE_HZ = 16000;

const dB = (level) => `${level < 0 ? MINUS : ''}${Math.abs(Math.round(level))} dBFS`;

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

/** Return {kind: good, warn or bad, title, text} for a take of the recorder. */
export function verdictOn({ samples, durationSeconds, peakDbfs, clipped }, { isSentence = false } = {}) {
  const said = isSentence ? 'read the sentence' : 'say the word';
  const one = isSentence ? 'sentence' : 'word';
  const facts = `${durationSeconds.toFixed(2)} s, peak ${dB(peakDbfs)}`;
  if (durationSeconds < SHORTEST_SECONDS) return { kind: 'bad', title: 'Too short', text: `${facts}. Press, ${said}, then press again.` };
  if (peakDbfs < SILENT_DBFS) return { kind: 'bad', title: 'Nothing to hear', text: `${facts}. Is this the right microphone?` };
  if (clipped) return { kind: 'warn', title: 'Clipped', text: `${facts}. Speak softer or move away a little.` };
  if (peakDbfs < QUIET_DBFS) return { kind: 'warn', title: 'Too quiet', text: `${facts}. Come closer to the microphone.` };
  if (durationSeconds > (isSentence ? LONGEST_SENTENCE_SECONDS : LONGEST_SECONDS)) return { kind: 'warn', title: 'Very long', text: `${facts}. One ${one} is enough.` };
  const cut = cutAt(samples);
  if (cut) return { kind: 'warn', title: `Cut off at the ${cut}`, text: `${facts}. Wait a moment ${cut === 'start' ? 'after the first press' : 'before the last press'}.` };
  const { behind, voice } = spreadOf(samples);
  if (voice - behind < LEAST_SNR_DB) return { kind: 'warn', title: 'Noisy', text: `${facts}, ${dB(behind)} behind the ${one}. Come closer, or turn off what hums.` };
  return { kind: 'good', title: 'Good take', text: `${facts}${behind < QUIET_ROOM_DBFS ? ', quiet room' : ''}` };
}
