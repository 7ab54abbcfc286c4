// Runs beside the page: takes a file, answers with its SHA-256 (WebCrypto can hash only what is in memory as a whole).
import { sha256 } from '../npm/hashes/sha2.js';

const BLOCK_BYTES = 4 * 1024 ** 2;

async function hashOf(blob) {
  const hasher = sha256.create();
  for (let at = 0; at < blob.size; at += BLOCK_BYTES) {
    hasher.update(new Uint8Array(await blob.slice(at, at + BLOCK_BYTES).arrayBuffer()));
  }
  return Array.from(hasher.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

self.addEventListener('message', async ({ data }) => {
  try {
    self.postMessage({ hash: await hashOf(data) });
  } catch (problem) {
    self.postMessage({ problem: String(problem) });
  }
});
