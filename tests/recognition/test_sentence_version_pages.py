"""The pages of a recogniser of sentences: wrong words, of which fewer are better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognition.models import ModelAlias, ModelVersion, Recognizer

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

METRICS = {
    "wer": 0.057, "cer": 0.021, "interval": [0.04, 0.076], "interval_method": "speakers", "clips": 130, "words": 773,
    "characters": 3900, "insertions": 9, "deletions": 11, "substitutions": 24, "speakers": 10, "split": "test",
    "unseen_speakers": True, "sentences_right": 0.68, "decoding": "lexicon",
    "decoding_in_words": "words it knows, weighed by a language model",
    "rules_in_words": "small letters, no punctuation, digits kept", "answer_seconds": 0.012,
}  # fmt: skip


def sentences_version(owner: User, *, number: int = 1, name: str = "dictation", **metrics: Any) -> ModelVersion:
    recognizer, _ = Recognizer.objects.get_or_create(owner=owner, name=name, kind="sentences", language="hi")
    manifest = {"kind": "sentences", "units": ["क", "ा", " ", " है "], "unit_style": "frequent_words"}
    version = ModelVersion.objects.create(
        recognizer=recognizer,
        number=number,
        bundle=f"bundles/{name}/{number}",
        bundle_sha256="0" * 64,
        size_bytes=1_000_000,
        manifest=manifest,
        metrics={**METRICS, **metrics},
        lineage={"counts": {"train": 900}, "dataset_name": "Read aloud"},
    )
    ModelAlias.objects.get_or_create(recognizer=recognizer, name="production", defaults={"version": version})
    return version


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_versions_of_sentences_stand_on_an_axis_of_wrong_words(owner: User, owner_client: Client) -> None:
    sentences_version(owner)
    sentences_version(owner, number=2, wer=0.2, interval=[0.17, 0.24])
    page = text_of(owner_client, "/models/dictation/")
    assert "Words wrong, 0 to 25 %, lower is better" in page
    assert "sentences in 2 characters, Hindi" in page
    assert "words wrong on 130 clips, voices it had never heard" in page
    assert 'aria-label="5.7 %, between 4.0 % and 7.6 %"' in page


def test_more_wrong_words_are_worse_and_ask_for_a_second_word(owner: User, owner_client: Client) -> None:
    sentences_version(owner)
    sentences_version(owner, number=2, wer=0.2, interval=[0.17, 0.24])
    assert "v2 is worse, by 14.3 points." in text_of(owner_client, "/models/dictation/")
    refused = owner_client.post("/models/dictation/v2/promote/", {"reason": "To see."})
    assert refused.status_code == 422


def test_fewer_wrong_words_are_better(owner: User, owner_client: Client) -> None:
    sentences_version(owner, wer=0.2, interval=[0.17, 0.24])
    sentences_version(owner, number=2)
    assert "v2 is better, by 14.3 points." in text_of(owner_client, "/models/dictation/")


def test_recognisers_of_words_and_of_sentences_share_no_axis(owner: User, owner_client: Client) -> None:
    version = sentences_version(owner)
    words = Recognizer.objects.create(owner=owner, name="digits", kind="words")
    version.pk = None
    version.recognizer, version.bundle, version.labels = words, "bundles/digits/1", ["one", "two"]
    version.metrics = {"accuracy": 0.9, "interval": [0.88, 0.92]}
    version.id = ModelVersion._meta.pk.get_default()
    version.save()
    ModelAlias.objects.create(recognizer=words, name="production", version=version)
    page = text_of(owner_client, "/models/")
    assert "Recognisers of words" in page
    assert "Recognisers of sentences" in page
    assert "Accuracy, 75 to 100 %" in page
    assert "Words wrong, 0 to 10 %, lower is better" in page
    assert "2 words" in page


def test_a_version_of_sentences_says_how_it_was_measured_and_how_it_writes(owner: User, owner_client: Client) -> None:
    sentences_version(owner)
    page = text_of(owner_client, "/models/dictation/v1/")
    for told in (
        "Words wrong",
        "Characters wrong",
        "Compared in small letters, no punctuation, digits kept.",
        "Of 773 words 24 were replaced by another, 11 left out, and 9 added.",
        "words it knows, weighed by a language model",
        "4: single characters, and frequent words of their own",
        'lang="hi"',
    ):
        assert told in page
    assert "Needed to answer" not in page


def test_a_version_without_figures_says_so(owner: User, owner_client: Client) -> None:
    version = sentences_version(owner)
    version.metrics = {}
    version.save()
    assert "Nothing was measured on this site." in text_of(owner_client, "/models/dictation/v1/")
    assert "not measured here" in text_of(owner_client, "/models/")
