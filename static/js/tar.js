// Many files as one: a tar made of references to them, so that a folder of any size takes no memory.
const BLOCK = 512;
const LONGEST_NAME = 100;
const text = new TextEncoder();

function octal(number, width) {
  return `${Math.floor(number).toString(8).padStart(width - 1, '0')}\0`;
}

function header({ name, size, seconds, type }) {
  const bytes = new Uint8Array(BLOCK);
  const put = (at, value) => bytes.set(text.encode(value), at);
  bytes.set(text.encode(name).slice(0, LONGEST_NAME), 0);
  put(100, octal(0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(size, 12));
  put(136, octal(seconds, 12));
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\0' + '00');
  put(148, octal(bytes.reduce((sum, byte) => sum + byte, 0), 7) + ' ');
  return bytes;
}

function padding(size) { return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK); }

/** The record of a pax header counts its own length, digits included. */
function record(key, value) {
  const rest = text.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  return text.encode(`${length} ${key}=${value}\n`);
}

function longName(path, seconds) {
  const content = record('path', path);
  return [header({ name: 'PaxHeader', size: content.length, seconds, type: 'x' }), content, padding(content.length)];
}

/** Return a Blob: the tar (POSIX.1-2001) of [{path, file}, ...]; the same files give the same bytes. */
export function tarOf(entries) {
  const sorted = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  const parts = sorted.flatMap(({ path, file }) => {
    const seconds = file.lastModified / 1000;
    const bytes = text.encode(path);
    const isPlain = bytes.length === path.length && bytes.length < LONGEST_NAME;
    const head = header({ name: path, size: file.size, seconds, type: '0' });
    return [...(isPlain ? [] : longName(path, seconds)), head, file, padding(file.size)];
  });
  return new Blob([...parts, new Uint8Array(2 * BLOCK)], { type: 'application/x-tar' });
}
