from __future__ import annotations

from speechsite.lib.catalogues import ROOT
from tests.translations.bare import bare_in_python, bare_in_script, bare_in_template, bare_texts, shown_files


def test_a_template_may_not_speak_plain_english() -> None:
    source = """
    <h1>{% translate "Datasets" %}</h1> <p>{{ name }} kB</p> <span translate="no">Authorization: Bearer</span>
    <p>{% blocktranslate count n=3 %}{{ n }} clip{% plural %}{{ n }} clips{% endblocktranslate %} kept</p>
    <button aria-label="Play it">{% icon "play" %}</button><input placeholder="{% translate 'Name' %}">
    """
    assert [text for _, text in bare_in_template(source)] == ["…… kept", "Play it"]


def test_a_python_file_may_not_speak_plain_english() -> None:
    source = '''
"""What this module does for everybody."""
log.warning("The file was not there at all.")
raise ServiceError("gone", "The file is gone. Upload it again.")
raise ServiceError("gone", _("The file {name} is gone. Upload it again.").format(name=name))
message = f"{count} files were not kept, because they are no sound."
class Status(models.TextChoices):
    DONE = "done", _("done")
    FAILED = "failed", "failed"
'''
    assert sorted(text for _, text in bare_in_python(source)) == [
        "The file is gone. Upload it again.",
        "choice 'failed'",
        "… files were not kept, because they are no sound.",
    ]


def test_what_only_staff_and_programmers_read_may_stay_english() -> None:
    source = """
raise EngineError("damaged", said("It is damaged."), f"broke off after {seconds} s")
raise EngineError("damaged", "It is damaged. Pack it again.", f"broke off after {seconds} s")
message = f"Order must be 1 to {most}."
raise ValueError(message)
class Layout:
    grammar = "file, text, speaker, split"
"""
    assert [text for _, text in bare_in_python(source)] == ["It is damaged. Pack it again."]


def test_a_script_may_not_speak_plain_english() -> None:
    source = """
    import { gettext } from 'speechsite/language'; // Nothing in a comment is said, is it?
    title.textContent = gettext('Nothing was kept. Try again.');
    title.textContent = 'Nothing was kept. Try again.';
    count.textContent = ngettext('{count} take', '{count} takes', 3);
    count.textContent = `${count} takes`;
    row.className = 'btn btn-sm';
    code.className = 'tiny quiet mono';
    """
    assert [text for _, text in bare_in_script(source)] == ["Nothing was kept. Try again.", "${count} takes"]


def test_a_single_word_of_a_script_is_a_text_where_it_is_shown() -> None:
    source = """
    button.textContent = state === 'paused' ? 'Resume' : gettext('Pause');
    button.setAttribute('aria-label', isRecording ? gettext('Stop, please') : 'Record');
    button.setAttribute('aria-current', 'true');
    show({ kind: 'good', title: 'Kept', text: facts, code: told.code ?? 'connection' });
    said.textContent = `Uploading ${name}`;
    field.title = part('name').title;
    """
    assert [text for _, text in bare_in_script(source)] == ["Resume", "Record", "Kept", "Uploading ${name}"]


def test_a_text_that_is_marked_inside_of_another_is_bare_because_nobody_finds_it() -> None:
    source = "place.textContent = ` ${gettext('Save')}`;"
    assert [text for _, text in bare_in_script(source)] == [" ${gettext('Save')}"]


def test_every_text_that_people_see_can_be_translated() -> None:
    bare = [f"{path.relative_to(ROOT)}:{line}: {text}" for path in shown_files() for line, text in bare_texts(path)]
    assert bare == []
