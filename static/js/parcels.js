// What is sent for some chosen files: archives as they are, everything else as one tar.
import { tarOf } from 'speechsite/tar';

const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)$/i;

const identityOf = (files) => files.map(({ path, file }) => `${path}:${file.size}:${file.lastModified}`).sort().join('|');

/** Return {name, blob, identity, count} of each thing to send for [{path, file}, ...]. */
export function parcelsOf(files) {
  const isEachAnArchive = files.every(({ path, file }) => path === file.name && ARCHIVE.test(path));
  if (isEachAnArchive) return files.map((one) => ({ name: one.file.name, blob: one.file, identity: identityOf([one]) }));
  const [top] = files[0].path.split('/');
  const isOneFolder = files.every(({ path }) => path.startsWith(`${top}/`));
  const name = isOneFolder ? top : files.length === 1 ? top.replace(/\.[^.]*$/, '') : 'files';
  return [{ name: `${name}.tar`, blob: tarOf(files), identity: identityOf(files), count: files.length }];
}
