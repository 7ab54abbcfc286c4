// Files as people choose or drop them, folders opened: [{path, file}, ...].
const LEFT_BY_SYSTEMS = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini|__MACOSX)(\/|$)/i;

const isWanted = ({ path }) => !LEFT_BY_SYSTEMS.test(path);

/** Return what an input of files, or of a folder, holds. */
export function chosenFiles(input) {
  return [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter(isWanted);
}

/** Return what was dropped, with everything in dropped folders. Call it in the event: the browser forgets it after. */
export async function droppedFiles(dataTransfer) {
  const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...dataTransfer.files].map((file) => ({ path: file.name, file }));
  const found = await Promise.all(entries.map((entry) => filesIn(entry)));
  return found.flat().filter(isWanted);
}

async function filesIn(entry) {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) return [{ path, file: await new Promise((take, fail) => { entry.file(take, fail); }) }];
  const inside = [];
  for await (const child of childrenOf(entry)) inside.push(...await filesIn(child));
  return inside;
}

async function* childrenOf(folder) {
  const reader = folder.createReader();
  for (;;) { // a reader gives some at a time, and nothing at the end
    const some = await new Promise((take, fail) => { reader.readEntries(take, fail); });
    if (!some.length) return;
    yield* some;
  }
}
