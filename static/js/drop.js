// A place to drop files on, or choose them: each is handed over, one after the other.

/** Hand over files dropped on `form` or chosen in its [data-files]. `take(file)` may be asynchronous. */
export function takeFiles(form, take) {
  const input = form.querySelector('[data-files]');
  const all = async (files) => {
    for (const file of [...files]) await take(file);
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
