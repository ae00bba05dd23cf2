"""The record of a student's checks: right once is right for good, and no check suffers from where it is kept."""

import errno
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernels import kernel

from course_lib.classroom import record
from course_lib.classroom.exercises import ____
from course_lib.classroom.exercises import start_here as lesson00

ROOT = Path(__file__).parents[2]
KEPT = os.environ["COURSE_PROGRESS"]  # as conftest.py set it
NEGATIVE = lesson00.negative


class Day(date):
    """A clock to set: `Day.today_is = "2026-03-01"`."""

    @classmethod
    def today(cls):
        return date.fromisoformat(cls.today_is)


@pytest.fixture
def progress(tmp_path, monkeypatch):
    """The file, in a folder that is not there yet; it is the first of March."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "data" / "progress.json"))
    monkeypatch.setattr(record, "date", Day)
    Day.today_is = "2026-03-01"
    return tmp_path / "data" / "progress.json"


def written(progress: Path) -> dict:
    return json.loads(progress.read_text(encoding="utf-8"))


def test_once_right_stays_right_with_its_first_day(progress):
    assert NEGATIVE.check(lambda x: ____).status == "blank"
    assert not progress.exists()
    for answer, status in ((lambda x: x, "wrong"), (lambda x: 1 / 0, "error"), ("no function", "error")):
        progress.unlink(missing_ok=True)
        assert NEGATIVE.check(answer).status == status
        assert written(progress) == {"start_here.negative": None}
    for Day.today_is, answer in (("2026-03-02", lambda x: 1 - x), ("2026-03-03", lambda x: 1 - x), ("2026-03-04", len)):
        NEGATIVE.check(answer)
        assert written(progress) == {"start_here.negative": "2026-03-02"}
    assert record.days() == {"start_here.negative": date(2026, 3, 2)}


def test_other_exercises_stay_also_those_the_course_no_longer_has(progress):
    progress.parent.mkdir()
    old = {"gone.हटाया": "2025-12-31", "gone.tried": None}
    progress.write_text(json.dumps(old), encoding="utf-8")
    record.note("vae.kl", right=True)
    assert written(progress) == old | {"vae.kl": "2026-03-01"}


NO_RECORD = [b"", b"{", b"[]", b"3", b'"vae.kl"', b"null", b"[" * 100_000, b"\xff\xfe", b'{"vae.kl": 1}']
NO_RECORD += [b'{"vae.kl": "yesterday"}', b'{"vae.kl": {"right": true}}', b'{"vae.kl": "2026-02-30"}']


@pytest.mark.parametrize("damaged", NO_RECORD, ids=range(len(NO_RECORD)))
def test_a_damaged_file_is_set_aside(progress, damaged):
    progress.parent.mkdir()
    progress.write_bytes(damaged)
    assert record.days() == {}
    assert progress.read_bytes() == damaged  # reading alone moves nothing
    assert NEGATIVE.check(lambda x: 1 - x).status == "correct"
    assert written(progress) == {"start_here.negative": "2026-03-01"}
    assert Path(f"{progress}.damaged").read_bytes() == damaged


def test_a_second_damaged_file_does_not_cost_the_first(progress):
    progress.parent.mkdir()
    for damage in ("first", "second"):
        progress.write_text(damage, encoding="utf-8")
        record.note("vae.kl", right=True)
    assert {path.read_text(encoding="utf-8") for path in progress.parent.glob("*.damaged*")} == {"first", "second"}


@pytest.mark.parametrize("day", ['"1.3.2026"', '"yesterday"', '""', "0", "true", "[]"])
def test_one_odd_entry_costs_no_other(progress, day):
    progress.parent.mkdir()
    content = f'{{"vae.kl": "2026-02-01", "odd": {day}, "gan.loss": null}}'.encode()
    progress.write_bytes(content)
    assert record.days() == {"vae.kl": date(2026, 2, 1), "gan.loss": None}
    record.note("gan.loss", right=True)
    assert written(progress) == {"vae.kl": "2026-02-01", "gan.loss": "2026-03-01"}
    assert Path(f"{progress}.damaged").read_bytes() == content


def test_a_byte_order_mark_costs_nothing(progress):
    """Windows' older editors begin a file with one."""
    progress.parent.mkdir()
    progress.write_text('{"vae.kl": "2026-02-01"}', encoding="utf-8-sig")
    assert record.days() == {"vae.kl": date(2026, 2, 1)}
    record.note("gan.loss", right=True)
    assert written(progress) == {"vae.kl": "2026-02-01", "gan.loss": "2026-03-01"}
    assert not list(progress.parent.glob("*.damaged*"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_subnormal=False) | st.text() | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(content=JSON.map(json.dumps).map(str.encode) | st.binary())
@example(content=rb'{"\ud800": null}')  # no letter, so it can stand in no file as one
def test_whatever_the_file_holds_nothing_is_lost(tmp_path_factory, content):
    progress = tmp_path_factory.mktemp("any") / "progress.json"
    progress.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_PROGRESS", str(progress))
        record.note("vae.kl", right=True)
    left = written(progress)
    assert left.pop("vae.kl")
    aside = Path(f"{progress}.damaged")
    if aside.exists():
        assert aside.read_bytes() == content
    else:
        assert left.keys() == json.loads(content).keys() - {"vae.kl"}
        assert json.loads(content).items() >= left.items()


def _under_a_file(tmp_path, patch):
    (tmp_path / "file").touch()
    patch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))


def _no_home(tmp_path, patch):
    patch.setenv("COURSE_PROGRESS", "~a-user-who-is-not-there/progress.json")


def _a_folder(tmp_path, patch):
    (tmp_path / "progress.json").mkdir()
    patch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def _read_only(tmp_path, patch):
    patch.setenv("COURSE_PROGRESS", "/sys/progress.json")  # not even root may write in /sys


@pytest.mark.parametrize("place", [_under_a_file, _no_home, _a_folder, _read_only])
def test_no_check_fails_where_nothing_can_be_written(tmp_path, monkeypatch, place):
    place(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert NEGATIVE.check(lambda x: 1 - x).status == "correct"
    assert NEGATIVE.check(lambda x: x).status == "wrong"
    assert record.days() == {}
    assert [name for name in sorted(path.name for path in tmp_path.rglob("*")) if not name.endswith(".lock")] == before


def test_a_file_that_may_not_be_read_stays(progress, monkeypatch):
    record.note("vae.kl", right=True)
    kept = progress.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", _fails(errno.EACCES))
        assert NEGATIVE.check(lambda x: 1 - x).status == "correct"
    assert progress.read_bytes() == kept
    assert not list(progress.parent.glob("*.damaged*"))


def test_a_full_disk_leaves_the_file_whole(progress, monkeypatch):
    record.note("vae.kl", right=True)

    def half(path, text, **options):
        path.write_bytes(text[: len(text) // 2].encode())
        _fails(errno.ENOSPC)()

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", half)
        assert NEGATIVE.check(lambda x: 1 - x).status == "correct"
    assert written(progress) == {"vae.kl": "2026-03-01"}
    assert {path.name for path in progress.parent.iterdir()} <= {"progress.json", "progress.json.lock"}


def _fails(number: int):
    def fails(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return fails


MANY = """
import sys
from course_lib.classroom import record

print("ready", flush=True)
sys.stdin.readline()
for n in range(50):
    record.note(f"{sys.argv[1]}.{n}", right=True)
"""


def test_processes_at_once_lose_no_entry(progress):
    command = [sys.executable, "-c", MANY]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8", "cwd": ROOT}
    both = [subprocess.Popen([*command, name], **streams) for name in "ab"]
    assert [one.stdout.readline() for one in both] == ["ready\n"] * 2
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    for one in both:
        one.communicate(timeout=60)
    assert set(written(progress)) == {f"{name}.{n}" for name in "ab" for n in range(50)}


def test_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "~/mine.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert record.file() == tmp_path / "mine.json"
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert record.file() == tmp_path / ".local" / "share" / "course_lib" / "progress.json"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert record.file() == tmp_path / "xdg" / "course_lib" / "progress.json"
    monkeypatch.setattr(sys, "platform", "win32")
    assert record.file() == tmp_path / "local" / "course_lib" / "progress.json"


def test_the_suite_and_its_kernels_write_into_no_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    check = "from course_lib.classroom.exercises import start_here\nstart_here.negative.check(lambda x: 1 - x)"

    def run_it() -> None:
        with kernel(sys.executable, tmp_path) as run:
            reply, outputs = run(check)
        assert reply["status"] == "ok"
        assert "Correct!" in outputs[-1][1]["data"]["text/plain"]

    assert NEGATIVE.check(lambda x: 1 - x).status == "correct"
    run_it()
    assert not list(tmp_path.rglob("progress.json*"))
    assert not Path(KEPT).exists()
    monkeypatch.delenv("COURSE_PROGRESS")  # without conftest.py's line there it would be
    run_it()
    assert written(tmp_path / ".local" / "share" / "course_lib" / "progress.json")
