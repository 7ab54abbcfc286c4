// A text of the site into the clipboard.
import { gettext } from 'speechsite/language';
import { showNotice } from 'speechsite/notice';

function copyOldWay(text) {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const isDone = document.execCommand('copy');
  field.remove();
  return isDone;
}

async function copy(text) {
  if (!navigator.clipboard) return copyOldWay(text);
  await navigator.clipboard.writeText(text);
  return true;
}

/** Fetch a text and put it into the clipboard; say how it went. */
export async function copyText(url) {
  try {
    const text = (await (await fetch(url)).text()).trimEnd();
    if (!await copy(text)) throw new Error('refused');
    showNotice({ key: 'copy', kind: 'good', title: gettext('The text is copied'), text: gettext('Put it in where you need it.') });
  } catch {
    showNotice({
      key: 'copy', kind: 'bad', title: gettext('The text was not copied'),
      text: gettext('The browser or the connection did not allow it. Export it as text instead.'),
    });
  }
}
