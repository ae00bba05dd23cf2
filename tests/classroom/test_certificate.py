"""The certificate: every lesson and exercise of the course, what was right and when, and a page of its own to print."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml
from gates import DEVANAGARI

from course_lib.classroom import language
from course_lib.classroom.certificate import certificate
from course_lib.classroom.exercises import start_here as lesson00

ROOT = Path(__file__).parents[2]
DONE = {
    "gan.step": "2026-02-03",
    "gan.own": "2026-01-31",
    "gan.rescue": None,  # only tried
    "autoencoder.own": "2026-01-02",  # of the same name as another lesson's
    "autoencoder.long_gone": "2026-06-01",
    "gone.own": "2026-06-01",
}


def _lessons() -> list[tuple[str, str, str, str, set[str]]]:
    """Module, number, title in Hindi and in English, and exercises of each lesson, read from the lessons' text."""
    files = [chapter["file"] for chapter in yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["chapters"]]
    found = []
    for name in (Path(file).name for file in files if file.startswith("notebooks/")):
        source = (ROOT / "lessons" / f"{name}.md").read_text(encoding="utf-8")
        module = re.search(r"^from course_lib\.classroom\.exercises import .*?(\w+) as exercises", source, re.MULTILINE)
        number, hindi, english = re.search(r"^# (\w+) · (.+) · (.+)$", source, re.MULTILINE).groups()
        found.append((module[1], number, hindi, english, set(re.findall(r"exercises\.(\w+)\.check\(", source))))
    return found


LESSONS = _lessons()
TOTAL = sum(len(exercises) for *_, exercises in LESSONS)


@pytest.fixture(autouse=True)
def _both_again():
    yield
    language.use("both")


@pytest.fixture
def progress(tmp_path, monkeypatch):
    """Where a student's checks are kept; the notebook lies in a folder beside it."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path / "progress.json"


@pytest.fixture
def done(progress):
    progress.write_text(json.dumps(DONE), encoding="utf-8")
    return progress


def page() -> str:
    return Path("certificate.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kept", [None, "{}", '{"gan.own": null}', "damaged"])
def test_nothing_right_yet(progress, kept):
    if kept:
        progress.write_text(kept, encoding="utf-8")
    said = certificate("Asha")
    assert "No exercise is on record" in said.plain
    assert DEVANAGARI.search(said.plain)
    assert "<table" not in said.html
    assert list(Path().iterdir()) == []


def test_from_a_check_to_the_page(progress):
    lesson00.negative.check(lambda x: 1 - x)
    assert f"यहाँ से शुरू कीजिए | 1 / 1 | {date.today()}" in certificate().plain
    assert str(date.today()) in page()


def test_every_lesson_and_exercise_of_the_course_counts(done):
    lines = certificate().plain.splitlines()
    rows = [line.split(" | ") for line in lines[1 : len(LESSONS) + 1]]
    expected = [
        [number, hindi if hindi == english else f"{english} · {hindi}", len(exercises)]
        for _, number, hindi, english, exercises in LESSONS
    ]
    # A new lesson: its title goes into course_lib/classroom/labels/certificate.toml.
    assert [[number, title, int(right.split(" / ")[1])] for number, title, right, _ in rows] == expected
    got = {number: [right, last] for number, _, right, last in rows if last}
    assert got == {"02": ["1 / 6", "2026-01-02"], "06": ["2 / 4", "2026-02-03"]}
    assert lines[len(LESSONS) + 1 :][0] == f"3 of {TOTAL} exercises right in all."


def test_an_exercise_is_kept_under_its_lesson_and_the_name_it_is_called_by(progress):
    """With every one on record as a lesson calls it, all are right: a name that changed would lose a student's day."""
    names = [f"{module}.{exercise}" for module, *_, exercises in LESSONS for exercise in exercises]
    assert max(Counter(names).values()) == 1
    progress.write_text(json.dumps(dict.fromkeys(names, "2026-05-04")), encoding="utf-8")
    assert f"{TOTAL} of {TOTAL} exercises right in all." in certificate().plain


def test_the_page_says_the_same_and_what_it_is(done):
    said = certificate("Asha")
    assert said.html.partition("<p")[0] in page()  # the table
    assert "Asha" not in said.html
    for words in (f"3 of {TOTAL}", f"कुल {TOTAL}", "not an examination", "न कोई परीक्षा", str(date.today())):
        assert words in page()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert('1')</script>", '<span lang="en">&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;</span>'),
        ('" onload="x', '<span lang="en">&quot; onload=&quot;x</span>'),
        ("अनुराधा शर्मा", '<span lang="hi">अनुराधा शर्मा</span>'),
        ("loss", '<span lang="en">loss</span>'),  # a label, elsewhere
        ("{title}", '<span lang="en">{title}</span>'),
        ("", '<span lang="en"></span>'),
    ],
)
def test_any_name_is_shown_as_it_is(done, name, shown):
    certificate(name)
    assert f'<strong class="name">{shown}</strong>' in page()
    assert "<script" not in page()


def test_the_page_needs_and_tells_nothing_of_this_machine(done):
    said = certificate("Asha")
    assert not re.search(r"https?:|src=|href=|url\(|@import|<script|<link", page())
    for shown in (said.html, said.plain, page()):
        assert str(done.parent) not in shown
    assert "certificate.html" in said.plain
    assert '<meta charset="utf-8">' in page()


@pytest.mark.parametrize(("chosen", "own", "other"), [("hi", "की होड़", "a contest"), ("en", "a contest", "की होड़")])
def test_one_language(done, chosen, own, other):
    certificate()
    assert own in page()
    assert other in page()
    language.use(chosen)
    for shown in (certificate().html, certificate().plain, page()):
        assert own in shown
        assert other not in shown
        assert "lang-" not in shown.partition("<h1>")[2]  # no switch may hide the only language
        assert chosen == "hi" or not DEVANAGARI.search(shown)
    assert f'<html lang="{chosen}">' in page()


def test_a_folder_that_cannot_be_written_costs_only_the_page(done):
    Path("certificate.html").mkdir()  # whoever runs this: a folder is no file
    said = certificate()
    assert "1 / 6" in said.plain
    assert "could not be written here (Is a directory)" in said.plain
    assert "लिखा नहीं जा सका" in said.plain
