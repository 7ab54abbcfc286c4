// The SHA-256 of a file of any size, worked out beside the page so that it stays usable.

/** Return the hash in hexadecimal; `signal` gives it up. Rejects where the browser cannot read the file any more. */
export function hashOf(blob, { signal } = {}) {
  const worker = new Worker(new URL('hash-worker.js', import.meta.url), { type: 'module' });
  const hash = new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => (data.hash ? resolve(data.hash) : reject(new Error(data.problem))));
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    signal?.addEventListener('abort', () => reject(signal.reason));
    worker.postMessage(blob);
  });
  return hash.finally(() => worker.terminate());
}
