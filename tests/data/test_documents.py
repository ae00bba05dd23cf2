"""Lines of print: dark on white, whole, shaped Hindi, no word in both splits, the same bytes again."""

import re
import unicodedata

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from form import has_form, shares_no_image

from course_lib import data
from course_lib.data import documents
from course_lib.data.fonts import FACES, Face

HINDI = documents.can_draw_hindi()
NOTE = " (synthetic)" + ("" if HINDI else ", English only")


def test_lines_are_dark_on_white_and_whole(made):
    assert has_form(made.lines, 480, 120, (32, 256), NOTE)
    assert shares_no_image(made.lines)
    assert made.lines.train.labels.max() == HINDI
    x = torch.cat([made.lines.train.images, made.lines.test.images])[:, 0]
    assert x.flatten(1).median(1).values.min() == 1
    assert (x < 0.5).flatten(1).sum(1).min() > 100
    # Nothing is cut off: white all around, on the right as on the left, above as below.
    assert x[:, :, :3].min() == x[:, :, -3:].min() == x[:, 0].min() == x[:, -1].min() == 1


def test_made_again_they_are_the_same_bytes(made):
    np.random.seed(99)  # noqa: NPY002 - no generator but the data set's own counts
    with matplotlib.rc_context({"text.hinting": "force_autohint", "text.antialiased": False, "text.color": "red"}):
        images, labels, _ = documents.lines(np.random.default_rng(0), train=20, test=0)
    assert (made.lines.train.images[:20, 0] * 255).round().to(torch.uint8).numpy().tobytes() == images.tobytes()
    assert made.lines.train.labels[:20].tolist() == labels.tolist()


def test_what_a_notebook_has_set_changes_no_line():
    plain = documents.line("Total 120", FACES[0])
    for settings in (plt.xkcd, lambda: matplotlib.rc_context({"text.usetex": True})):
        documents._figure.cache_clear()  # it may have been made before
        with settings():
            assert np.array_equal(documents.line("Total 120", FACES[0]), plain)


def test_words_of_training_and_held_out_lines_differ():
    for language, letters in (("en", r"[A-Za-z]+"), ("hi", r"[ऀ-ॣॱ-ॿ]+")):
        train, test = (words.split() for words in documents.WORDS[language])
        assert len(train) + len(test) == len({*train, *test}) >= 80
        assert len(test) >= 20
        for word in train + test:
            assert unicodedata.is_normalized("NFC", word)
            assert re.fullmatch(letters, word), word


def test_lines_say_what_their_label_and_split_allow(made):
    labels = torch.cat([made.lines.train.labels, made.lines.test.labels]).tolist()
    [path] = made.folder.glob("printed_lines*.npz")
    said = np.load(path)["arr_2"].tolist()
    used = [{word for line in part for word in line.split()} for part in (said[:480], said[480:])]
    for held_out in (False, True):
        vocabulary = {word for words in documents.WORDS.values() for word in words[held_out].split()}
        words = {word for word in used[held_out] if re.search(r"[^\W\d]", word)}
        assert words <= vocabulary
        assert HINDI is False or len(words) > 0.9 * len(vocabulary)
    for text, label in zip(said, labels, strict=True):
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search("[A-Za-z0-9]" if label else "[ऀ-ॿ]", text), text
    assert all(any(sign in line for line in said) for sign in "₹/:,.")


def ink(text: str, face: Face) -> np.ndarray:
    return documents.line(text, face) < 128


def shift(part: np.ndarray, whole: np.ndarray) -> int:
    """How far to the right `part` must move to be covered best by `whole`."""
    return max(range(-20, 40), key=lambda pixels: (np.roll(part, pixels, 1) & whole).sum())


def width(picture: np.ndarray) -> int:
    columns = np.flatnonzero(picture.any(0))
    return columns[-1] - columns[0] + 1


@pytest.mark.skipif(not HINDI, reason="this matplotlib does not shape Devanagari")
def test_hindi_is_shaped():
    for face in {face.family: face for face in FACES}.values():
        # The vowel sign of कि is written after the consonant and drawn left of it; that of की stays right of it.
        assert shift(ink("क", face), ink("कि", face)) >= 3, face
        assert shift(ink("क", face), ink("की", face)) <= 1, face
        # Two consonants become one; kept apart by a zero-width non-joiner they are wider.
        for pair in ("क्ष", "त्र", "स्व"):
            apart = pair.replace("\u094d", "\u094d\u200c")
            assert width(ink(pair, face)) < width(ink(apart, face)), (pair, face)


def test_a_line_that_does_not_fit_is_not_drawn():
    assert documents.line("Receipt " * 9, FACES[0]) is None


def test_an_older_matplotlib_prints_english_only(empty, monkeypatch):
    monkeypatch.setattr(matplotlib, "__version__", "3.10.8")
    images, labels, said = documents.lines(np.random.default_rng(0), train=6, test=2)
    assert not labels.any()
    assert all(text.replace("₹", "").isascii() for text in said)
    monkeypatch.setattr(documents, "lines", lambda _: (np.resize(images, (600, 32, 256)), np.zeros(600), said))
    assert data.printed_lines().name == "Printed lines 480 + 120 (synthetic), English only"
    assert [path.name for path in empty.iterdir()] == ["printed_lines_1_en.npz"]
