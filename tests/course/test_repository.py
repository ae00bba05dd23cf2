"""Where the course lives: one setting, one command that moves it, and no link that says anything else."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from locales import C_LOCALE, in_a_c_locale

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "repository.py"))
# Other people's repositories that the course may cite.
OTHERS = ("https://github.com/igul222/improved_wgan_training",)

OLD, NEW = "asha/first.course", "Ravi-2/gen_models"
MOVED = {
    "pyproject.toml": f'[tool.course]\nrepository = "{OLD}"  # here\nbranch = "stable"\nsite = ""  # none\n',
    "README.md": f"git clone https://github.com/{OLD}.git\r\nकोर्स {OLD}पर है: {OLD}।\r\nIt is at {OLD}.\r\n",
    "CITATION.cff": f"repository-code: https://github.com/{OLD}",
    "lessons/02_पाठ.md": f"[x](https://mybinder.org/v2/gh/{OLD}/stable?urlpath=lab)\n",
    "notebooks/02.ipynb": json.dumps({"cells": [{"source": f"see\n{OLD}/blob"}]}),
    ".github/workflows/course.yml": f"if: github.repository == '{OLD}'\n",
    "docs/new, untracked.md": f"{OLD} {OLD}\n",
    "tests/last.py": f"# {OLD}\n",
}
KEPT = {
    ".gitignore": "build/\n",
    "build/log.txt": f"{OLD} is ignored by git\n",
    "picture.png": f"\0 {OLD} in a binary file\n",
    "other.md": f"my-{OLD} ut{OLD} {OLD}-2 {OLD}s {OLD}.io {OLD.replace('.', 'x')} are other repositories\n",
}


@pytest.fixture
def course(tmp_path):
    for name, text in (MOVED | KEPT).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "repository.py", tmp_path / "tools")
    for command in (["init", "--quiet"], ["add", "--all"], ["rm", "--quiet", "--cached", "docs/*"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def run(course: Path, *arguments: str, **environment: str):
    command = [sys.executable, str(course / "tools" / "repository.py"), *arguments]
    environment = os.environ | environment
    return subprocess.run(command, cwd=course.parent, env=environment, capture_output=True, encoding="utf-8")


def contents(course: Path) -> dict[str, str]:
    return {name: (course / name).read_bytes().decode() for name in MOVED | KEPT}


@pytest.mark.parametrize("locale", [{}, pytest.param(C_LOCALE, marks=in_a_c_locale)])
def test_a_move_leaves_no_trace_of_the_old_name(course, locale):
    done = run(course, NEW, **locale)
    assert done.returncode == 0, done.stderr
    now = contents(course)
    assert {name: now[name] for name in MOVED} == {name: text.replace(OLD, NEW) for name, text in MOVED.items()}
    assert {name: now[name] for name in KEPT} == KEPT
    assert f"https://github.com/{NEW}\n" in done.stdout
    changed = re.findall(r"changed: (.+)", done.stdout)
    assert sorted(changed) == sorted(MOVED)
    assert changed[-1] == "pyproject.toml"  # so that an interrupted move can be repeated


def test_there_and_back_restores_every_byte(course):
    for name in (NEW, OLD):
        assert run(course, name).returncode == 0
    assert contents(course) == MOVED | KEPT


def test_a_deleted_file_and_a_link_out_of_the_repository_are_passed_over(course, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "notes.md"
    outside.write_text(OLD, encoding="utf-8")
    (course / "docs" / "notes.md").symlink_to(outside)
    (course / "README.md").unlink()
    assert run(course, NEW).returncode == 0
    assert outside.read_text(encoding="utf-8") == OLD


def test_without_a_name_the_setting_is_only_printed(course):
    printed = run(course).stdout
    assert f"repository: {OLD}, branch: stable\n" in printed
    assert f"https://mybinder.org/v2/gh/{OLD}/stable?urlpath=lab/tree/notebooks/02_autoencoder.ipynb\n" in printed
    assert f"https://colab.research.google.com/github/{OLD}/blob/stable/notebooks/02_autoencoder.ipynb\n" in printed
    assert contents(course) == MOVED | KEPT


@pytest.mark.parametrize(
    "name",
    [
        "course",
        "asha/",
        "/course",
        "asha/course/",
        "asha/course/main",
        "https://github.com/asha/course",
        "asha/course.git",
        "-asha/course",
        "as--ha/course",
        "asha/..",
        "आशा/course",
        "asha/कलम",
        "asha/course main",
        "asha/course\n",
    ],
)
def test_a_bad_name_changes_nothing_and_says_so_in_both_languages(course, name):
    done = run(course, *name.split(" "))
    assert done.returncode == 2
    english, hindi, remedy = done.stderr.splitlines()
    assert repr(name) in english
    assert "is not a repository name" in english
    assert repr(name) in hindi
    assert "नाम नहीं है" in hindi
    assert "make repository NAME=" in remedy
    assert contents(course) == MOVED | KEPT


def test_a_domain_reaches_the_sites_root(course):
    done = run(course, NEW, "--site=course.example.org")
    assert done.returncode == 0, done.stderr
    assert "site: https://course.example.org/\n" in done.stdout
    assert '\nsite = "course.example.org"  # none\n' in contents(course)["pyproject.toml"]
    assert "site: https://course.example.org/\n" in run(course, OLD).stdout, "lost in a move of the repository alone"

    (course / "docs" / "ext").mkdir()
    shutil.copy(ROOT / "docs" / "ext" / "conf.py", course / "docs" / "ext")
    read = "import runpy; conf = runpy.run_path('docs/ext/conf.py'); print(*conf['extensions'], conf['html_baseurl'])"
    *extensions, base = subprocess.check_output([sys.executable, "-c", read], cwd=course, encoding="utf-8").split()
    (course / "index.rst").write_text("Here.", encoding="utf-8")
    assert "sphinx.ext.githubpages" in extensions
    command = [sys.executable, "-m", "sphinx", "-C", "-q", "-D", "extensions=sphinx.ext.githubpages"]
    for address, domain in {base: "course.example.org", "https://asha.github.io/course/": None}.items():
        subprocess.run([*command, "-D", f"html_baseurl={address}", ".", "site"], cwd=course, check=True)
        assert (course / "site" / ".nojekyll").exists()
        name = course / "site" / "CNAME"
        assert (name.read_text(encoding="utf-8") if name.exists() else None) == domain


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("your-account/generative-models", ""),
        ("Asha/models", "https://asha.github.io/models/"),
        ("Asha/asha.github.io", "https://asha.github.io/"),
    ],
)
def test_without_a_domain_the_site_is_where_github_puts_it(course, repository, site):
    assert run(course, repository).returncode == 0
    assert f"\nsite: {site}\n" in run(course).stdout


@pytest.mark.parametrize(
    "site", ["https://course.example.org", "course", "course.example.org/hi", "Course.Example.org", "-a.org", 'a"b.org']
)
def test_a_bad_domain_changes_nothing_and_says_so_in_both_languages(course, site):
    done = run(course, NEW, f"--site={site}")
    assert done.returncode == 2
    english, hindi, remedy = done.stderr.splitlines()
    assert "is not a domain" in english
    assert "domain नहीं है" in hindi
    assert all(repr(site) in said for said in (english, hindi))
    assert "SITE=" in remedy
    assert contents(course) == MOVED | KEPT


def wrong_links(text: str, repository: str, branch: str, root: Path) -> list[str]:
    """The GitHub, Binder and Colab links of a text that lead elsewhere, or to a file the course lacks."""
    here, branch, path = re.escape(repository), re.escape(branch), r"([^?#]+)"
    right = re.compile(
        rf"https://(?:github\.com/{here}(?:\.git|/(?:issues|discussions|releases)\b.*)?"
        rf"|github\.com/{here}/(?:blob|tree)/{branch}/{path}"
        rf"|github\.com/{here}/archive/{branch}\.zip"
        rf"|mybinder\.org/v2/gh/{here}/{branch}(?:\?urlpath=lab/tree/{path})?"
        rf"|colab\.research\.google\.com/github/{here}/blob/{branch}/{path}"
        r"|mybinder\.org/badge_logo\.svg|colab\.research\.google\.com/assets/colab-badge\.svg)"
    )
    wrong = []
    for link in re.findall(r"https?://[^\s/]*(?:github\.com|mybinder\.org|colab\.)[^\s\"'<>)\]`]*", text):
        link = link.rstrip(".,;:।")
        match = right.fullmatch(link)
        leads_home = match and (not match.lastindex or (root / match[match.lastindex]).exists())
        if not leads_home and not link.startswith(OTHERS):
            wrong.append(link)
    return wrong


def text_of(path: Path) -> str:
    """A notebook's cells without their outputs: what a library prints there is not ours to gate."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "CITATION.cff", *ROOT.glob("lessons/*.md"), *ROOT.glob("notebooks/*.ipynb")],
    ids=lambda path: path.name,
)
def test_every_link_leads_to_where_the_course_lives(path):
    assert wrong_links(text_of(path), *TOOL["setting"](), ROOT) == []


def test_the_gate_lets_right_links_pass(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "02.ipynb").touch()
    text = """[![x](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/notebooks/02.ipynb)
    <a href="https://colab.research.google.com/github/a/b/blob/main/notebooks/02.ipynb">Colab</a>, https://github.com/a/b.
    यहाँ: https://github.com/a/b/blob/main/notebooks/02.ipynb। %pip install
    https://github.com/a/b/archive/main.zip git clone https://github.com/a/b.git"""
    assert wrong_links(text, "a/b", "main", tmp_path) == []


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/a/c",
        "https://github.com/a/b-2",
        "http://github.com/a/b",
        "https://www.github.com/a/b",
        "https://github.com/a/b/blob/master/README.md",
        "https://github.com/a/b/blob/main/notebooks/99_missing.ipynb",
        "https://github.com/a/c/archive/main.zip",
        "https://github.com/a/b/archive/master.zip",
        "https://mybinder.org/v2/gh/a/b/master?urlpath=lab/tree/README.md",
        "https://mybinder.org/v2/gh/c/b/main?urlpath=lab/tree/README.md",
        "https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/notebooks/99_missing.ipynb",
        "https://colab.research.google.com/github/c/b/blob/main/README.md",
        "https://colab.research.google.com/github/a/b/blob/main/notebooks/99_missing.ipynb",
        "https://colab.google.com/github/a/b/blob/main/README.md",
    ],
)
def test_the_gate_stops_a_wrong_link(link):
    assert wrong_links(f"right: https://github.com/a/b; wrong: [x]({link})", "a/b", "main", ROOT) == [link]


def test_the_citation_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"]
    assert citation["authors"] == project["authors"]
    assert citation["license"] == project["license"]
    assert citation["version"] == project["version"]
    assert citation["repository-code"] == TOOL["links"]("")["github"]
