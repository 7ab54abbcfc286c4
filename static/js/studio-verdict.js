// What is said of a take at once, before the site has heard it.
const SHORTEST_SECONDS = 0.25;
const LONGEST_SECONDS = 10;
const LONGEST_SENTENCE_SECONDS = 30;
const SILENT_DBFS = -45;
const QUIET_DBFS = -32;
const EDGE_SECONDS = 0.03;
const EDGE_SHARE = 0.5;
const MINUS = '−';

function peakOf(samples) {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

function isCutOff(samples) {
  const edge = Math.round(EDGE_SECONDS * 16000);
  const loudest = peakOf(samples);
  return peakOf(samples.subarray(0, edge)) > EDGE_SHARE * loudest || peakOf(samples.subarray(samples.length - edge)) > EDGE_SHARE * loudest;
}

/** Return {kind: good, warn or bad, title, text} for a take of the recorder. */
export function verdictOn({ samples, durationSeconds, peakDbfs, clipped }, { isSentence = false } = {}) {
  const said = isSentence ? 'read the sentence' : 'say the word';
  const facts = `${durationSeconds.toFixed(2)} s, peak ${peakDbfs < 0 ? MINUS : ''}${Math.abs(Math.round(peakDbfs))} dBFS`;
  if (durationSeconds < SHORTEST_SECONDS) return { kind: 'bad', title: 'Too short', text: `${facts}. Press, ${said}, then press again.` };
  if (peakDbfs < SILENT_DBFS) return { kind: 'bad', title: 'Nothing to hear', text: `${facts}. Is this the right microphone?` };
  if (clipped) return { kind: 'warn', title: 'Clipped', text: `${facts}. Speak softer or move away a little.` };
  if (peakDbfs < QUIET_DBFS) return { kind: 'warn', title: 'Too quiet', text: `${facts}. Come closer to the microphone.` };
  if (durationSeconds > (isSentence ? LONGEST_SENTENCE_SECONDS : LONGEST_SECONDS)) return { kind: 'warn', title: 'Very long', text: `${facts}. One ${isSentence ? 'sentence' : 'word'} is enough.` };
  if (isCutOff(samples)) return { kind: 'warn', title: 'Cut off', text: `${facts}. Wait a moment after the first press and before the last.` };
  return { kind: 'good', title: 'Good take', text: facts };
}
