// A place to drop files on, or choose them: each is handed over, one after the other.

/** Hand over files dropped on `form` or chosen in its [data-files]: `take(file, { at, of })` may be asynchronous. */
export function takeFiles(form, take) {
  const input = form.querySelector('[data-files]');
  const all = async (list) => {
    const files = [...list];
    for (const [at, file] of files.entries()) await take(file, { at: at + 1, of: files.length });
    input.value = '';
  };
  input.addEventListener('change', () => all(input.files));
  form.addEventListener('submit', (event) => event.preventDefault());
  for (const name of ['dragenter', 'dragover']) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add('over');
    });
  }
  form.addEventListener('dragleave', () => form.classList.remove('over'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    form.classList.remove('over');
    all(event.dataTransfer.files);
  });
}
