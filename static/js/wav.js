// Samples to a WAV file and to levels. Samples are Float32Array, mono, -1 to 1.
export const SAMPLE_RATE_HZ = 16000;
export const SILENCE_DBFS = -100;
const CLIPPED_FROM = 0.99;
const CLIPPED_SAMPLES = 3;
const HEADER_BYTES = 44;
const POSITION_BYTES = 8;

const dbfs = (amplitude) => (amplitude > 1e-5 ? 20 * Math.log10(amplitude) : SILENCE_DBFS);

/** Measure a block: {rmsDbfs, peakDbfs, clipped}; clipped means at least three samples at full scale. */
export function levelsOf(samples) {
  let peak = 0;
  let power = 0;
  let full = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    if (size >= CLIPPED_FROM) full += 1;
    power += sample * sample;
  }
  return { rmsDbfs: dbfs(Math.sqrt(power / Math.max(samples.length, 1))), peakDbfs: dbfs(peak), clipped: full >= CLIPPED_SAMPLES };
}

/** Return 72 peaks of 0 to 100 for the drawn wave, as the server makes them. */
export function peaksOf(samples, count = 72) {
  const peaks = [];
  for (let bin = 0; bin < count; bin += 1) {
    const part = samples.subarray(Math.floor((bin * samples.length) / count), Math.floor(((bin + 1) * samples.length) / count));
    peaks.push(Math.round(100 * part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)));
  }
  const loudest = Math.max(...peaks, 1);
  return peaks.map((peak) => Math.round((100 * peak) / loudest));
}

/** Return the path of a wave, the same bars as the server draws into viewBox "0 0 216 40". */
export function wavePath(peaks) {
  return peaks.map((peak, position) => {
    const tall = Math.max(1.2, Math.min(100, peak) * 0.36);
    return `M${(position * 3 + 0.3).toFixed(1)} ${((40 - tall) / 2).toFixed(1)}h2v${tall.toFixed(1)}h-2z`;
  }).join('');
}

/** Join blocks into one array. */
export function joined(blocks) {
  const all = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

/** Bring samples from another rate to 16 kHz with the browser's own resampler. */
export async function resampled(samples, rateHz) {
  if (rateHz === SAMPLE_RATE_HZ || !samples.length) return samples;
  const length = Math.ceil((samples.length * SAMPLE_RATE_HZ) / rateHz);
  const offline = new OfflineAudioContext(1, length, SAMPLE_RATE_HZ);
  const buffer = offline.createBuffer(1, samples.length, rateHz);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(offline, { buffer });
  source.connect(offline.destination);
  source.start();
  return (await offline.startRendering()).getChannelData(0);
}

function writeSamples(view, at, samples) {
  samples.forEach((sample, position) => {
    const clamped = Math.max(-1, Math.min(1, sample));
    view.setInt16(at + position * 2, Math.round(clamped * 32767), true);
  });
}

/** Write samples as they go over a WebSocket: the number of the first one, then 16 bit each. */
export function pcmFrame({ position, samples }) {
  const view = new DataView(new ArrayBuffer(POSITION_BYTES + samples.length * 2));
  view.setBigUint64(0, BigInt(position), true);
  writeSamples(view, POSITION_BYTES, samples);
  return view;
}

/** Write samples as a WAV file: 16 bit, mono, 16 kHz. */
export function wavBlob(samples) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * 2));
  const word = (at, text) => [...text].forEach((letter, offset) => view.setUint8(at + offset, letter.charCodeAt(0)));
  word(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + samples.length * 2, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  writeSamples(view, HEADER_BYTES, samples);
  return new Blob([view], { type: 'audio/wav' });
}
