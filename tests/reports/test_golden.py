"""The reports say what somebody has read: a change of one word is a diff of a few lines, to be read and committed."""

import difflib

import pytest

from reports import html, labels
from tests.reports import golden


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("name", golden.NAMES)
def test_the_words_are_those_that_were_read(name: str, language: str) -> None:
    kept, now = golden.path(name, language).read_text("utf-8"), golden.words(name, language)
    diff = list(difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", lineterm="", n=0))
    assert not diff, "read this, then `python -m tests.reports.golden`:\n" + "\n".join(diff[:40])


def test_one_changed_word_is_a_small_diff(monkeypatch: pytest.MonkeyPatch) -> None:
    before = golden.words("mixed", "en")
    changed = {**labels.texts(), "section.first": labels.Text("What to do now", "现在应做")}
    html._template.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(labels, "texts", lambda: changed)
        after = golden.words("mixed", "en")
    html._template.cache_clear()
    diff = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]
    assert 2 <= len(diff) <= 6, diff
