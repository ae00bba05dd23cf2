"""The course works wherever it is put: under a locale that knows ASCII alone, in a folder whose name is in Hindi."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from locales import C_LOCALE, in_a_c_locale

from course_lib.classroom import language

ROOT = Path(__file__).parents[2]
# Text, packages and messages, a picture with Hindi in it, a checked exercise; in the other folder also git.
CHOSEN = [
    "course/test_gates.py",
    "classroom/test_ready.py",
    "classroom/test_show.py::test_every_figure_is_a_png_with_alternative_text",
    "lessons/test_exercises.py::test_outcome_shows_in_both_languages",
]
FOLDER = "पाठ और code"


def passes(chosen: list[str], folder: Path, environment: dict[str, str]) -> None:
    """The chosen tests of the course in `folder` pass there."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-q"]
    command += [f"tests/{name}" for name in chosen]
    paths = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", errors="replace", timeout=600
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@in_a_c_locale
def test_under_a_c_locale():
    code = "import sys, locale; print(sys.stdout.encoding, locale.getencoding(), sys.getfilesystemencoding())"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | C_LOCALE, capture_output=True, check=True)
    assert b"utf" not in done.stdout.lower(), "this machine cannot show what the test is about"
    passes(CHOSEN, ROOT, C_LOCALE)


def test_in_a_folder_with_a_hindi_name_and_spaces(copy):
    passes([*CHOSEN, "course/test_repository.py"], copy, {})


@in_a_c_locale
def test_what_is_said_reaches_a_terminal_that_knows_only_ascii():
    code = 'from course_lib.classroom import language; language.say(language.message("downloading", folder="."))'
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | C_LOCALE, capture_output=True)
    assert done.stdout.decode("unicode-escape").splitlines() == language.message("downloading", folder=".").splitlines()


@in_a_c_locale
def test_the_training_command_speaks_to_such_a_terminal(tmp_path):
    command = [sys.executable, "-m", "course_lib.cli.train"]
    told = subprocess.run([*command, "--help"], cwd=ROOT, env=os.environ | C_LOCALE, capture_output=True, check=True)
    assert "पाठों के किसी model को सिखाइए".encode("ascii", "backslashreplace")[:40] in told.stdout.replace(b"\n", b" ")
    command += ["autoencoder", "--epochs", "1", "--out", str(tmp_path / "पाठ.safetensors")]
    subprocess.run(command, cwd=ROOT, env=os.environ | C_LOCALE, capture_output=True, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["पाठ.safetensors"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The course as someone copied it into a folder of another name."""
    folder = tmp_path_factory.mktemp("copy") / FOLDER
    unwanted = shutil.ignore_patterns(
        ".git", ".venv", "_build", "dist", "__pycache__", ".*_cache", ".ipynb_checkpoints"
    )
    shutil.copytree(ROOT, folder, ignore=unwanted)
    return folder


@pytest.mark.skipif(not shutil.which("make"), reason="no make on this machine")
def test_make_there_sets_up_and_starts_everything(copy):
    """With programs in .venv that only say how they were called."""
    programs = copy / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("jupyter", "lint-imports", "pip", "pytest", "python", "ruff", "sphinx-build"):
        (programs / name).write_text(
            '#!/bin/sh\necho "called: ${0##*/} $*"; echo "locale: $LC_ALL"\n', encoding="utf-8"
        )
        (programs / name).chmod(0o755)
    targets = ["test", "lab", "notebooks", "languages", "slides", "handouts", "site", "repository", "NAME=a/b"]
    command = ["make", f"PYTHON={sys.executable}", *targets]
    environment = os.environ | {"MAKEFLAGS": "", "ROOM": "", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line for line in done.stdout.splitlines() if line.startswith("locale: ")} == {"locale: C.UTF-8"}
    called = [line.removeprefix("called: ").split() for line in done.stdout.splitlines() if line.startswith("called: ")]
    [[*_, installed]] = (call for call in called if call[0] == "pip")
    assert installed == ".[test]"  # which includes the others
    assert {call[1] for call in called if call[0] == "python"} == {
        f"tools/{name}.py" for name in ("torch_build", "notebooks", "one_language", "slides", "handouts", "repository")
    }
    assert ["pytest"] in called  # everything
    assert {call[0] for call in called} == {
        "jupyter",
        "lint-imports",
        "pip",
        "pytest",
        "python",
        "ruff",
        "sphinx-build",
    }
    command = ["make", f"PYTHON={sys.executable}", "test"]
    for room, folder in {"models": "tests/models", "notebooks": "notebooks", "nowhere": "nowhere"}.items():
        done = subprocess.run(
            [*command, f"ROOM={room}"], cwd=copy, env=environment, capture_output=True, encoding="utf-8"
        )
        assert f"called: pytest {folder}\n" in done.stdout
    # Set up once; another build of torch is asked for: once more, and it stays.
    for words, build in [("", None), ("CPU=1", "cpu"), ("CPU=1", None), ("", None), ("GPU=1", "gpu"), ("GPU=0", None)]:
        command = ["make", f"PYTHON={sys.executable}", "lab", *words.split()]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, encoding="utf-8")
        assert re.findall(r"called: python tools/torch_build\.py (.+)", done.stdout) == ([build] if build else [])
        assert ("called: pip" in done.stdout) == bool(build)
    shutil.rmtree(copy / ".venv")
