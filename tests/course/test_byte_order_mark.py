"""Some editors, and PowerShell, write a byte order mark before a text: every hand-written file is read all the same."""

import importlib
import sys
from pathlib import Path

import gates

import notebooks
from course_lib.classroom import exercises, explain, language
from course_lib.classroom.explore import base
from course_lib.data import counter_dialogues

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "ext"))
import figures  # noqa: E402
import finish  # noqa: E402
import landing  # noqa: E402
import notes  # noqa: E402
import syllabus  # noqa: E402

LIBRARY, DOCS = ROOT / "course_lib", ROOT / "docs"
LESSONS = sorted(notebooks.LESSONS.glob("*.md"))
QUIZZES = sorted((LIBRARY / "classroom" / "exercises").glob("*.toml"))
SCRIPTS = sorted([*base.HERE.rglob("*.js"), *base.HERE.rglob("*.css")])
READ = {
    "lessons": lambda: [notebooks.generate(path) for path in LESSONS],
    "quizzes": lambda: [exercises.questions(path.stem) for path in QUIZZES],
    "labels": language._table,
    "explanations": explain.table.__wrapped__,
    "dialogues": lambda: counter_dialogues().board,
    "explorers": lambda: base.script(*(str(path.relative_to(base.HERE)) for path in SCRIPTS)),
    "glossary": lambda: [gates.glossary(), notes.terms()],
    "syllabus": syllabus.entries,
    "words of the landing page": lambda: importlib.reload(landing).WORDS,
    "words of the site": lambda: importlib.reload(finish).WORDS,
    "words of the benchmarks": lambda: importlib.reload(figures).WORDS,
}


def test_a_byte_order_mark_changes_nothing(monkeypatch):
    seen = set()

    def marked(path, encoding=None, errors=None):
        seen.add(path.resolve())
        return (b"\xef\xbb\xbf" + path.read_bytes()).decode(encoding)

    for name, read in READ.items():
        plain = read()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_text", marked)
            assert read() == plain, name
    written = {*LIBRARY.rglob("*.toml"), *DOCS.rglob("*.toml"), *DOCS.glob("*.yml"), *LESSONS, *SCRIPTS}
    assert written - seen == set()
