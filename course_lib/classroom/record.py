"""What the checks of a student's exercises have shown: one file on this computer, and nothing is sent anywhere.

progress.json holds for each exercise the day on which it first was right, or null while it was only tried.
"""

import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from datetime import date
from itertools import count
from pathlib import Path

from filelock import FileLock  # torch brings it


def file() -> Path:
    """Where it lies: the environment variable COURSE_PROGRESS, else progress.json in the user's data folder."""
    folder = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_DATA_HOME") or "~/.local/share"
    return Path(os.environ.get("COURSE_PROGRESS") or Path(folder, "course_lib", "progress.json")).expanduser()


def days() -> dict[str, date | None]:
    """Exercise -> when it first was right, None where it was only tried; empty where nothing can be read."""
    with suppress(Exception):
        return _read(file())[0]
    return {}


def note(exercise: str, right: bool) -> None:
    """Write down that an exercise was tried and, if so, right; its first right day stays.

    Where that cannot be, it is left: no check fails for want of a folder, of space, or of a whole file.
    """
    with suppress(Exception):
        path = file()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two notebooks may check at once: each has to read what the other wrote before it writes all of it anew.
        with FileLock(f"{path}.lock", timeout=5):
            try:
                known, whole = _read(path)
            except OSError:
                raise  # what cannot be read may be whole
            except Exception:  # damaged, in one of the many ways in which a file can be
                known, whole = {}, False
            known[exercise] = known.get(exercise) or (date.today() if right else None)
            # Beside it, then in one step: neither a full disk nor an interrupt leaves half a file.
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-", ignore_cleanup_errors=True) as part:
                Path(part, path.name).write_text(json.dumps(known, indent=1, default=str), encoding="utf-8")
                if not whole:  # what is not understood is set aside
                    spare = (Path(f"{path}.damaged{n or ''}") for n in count())
                    aside = next(one for one in spare if not one.exists())
                    os.replace(shutil.copyfile(path, Path(part, aside.name)), aside)
                os.replace(Path(part, path.name), path)


def _read(path: Path) -> tuple[dict[str, date | None], bool]:
    """The entries that can be understood, and whether all can; an error where the file as a whole cannot.

    A student's editor may have put a byte order mark before them, and a hand an odd date among them.
    """
    written = json.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    known = {}
    for exercise, day in written.items():
        with suppress(ValueError, TypeError):
            known[exercise] = None if day is None else date.fromisoformat(day)
    return known, len(known) == len(written)
