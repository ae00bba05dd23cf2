"""Where the course lives: `[tool.course]` in pyproject.toml, and every link that follows from it.

python tools/repository.py             print the setting and its links
python tools/repository.py owner/name  move: write the new name wherever a file says the old one
       … --site=course.example.org     the domain of the website, where it has one of its own
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What GitHub allows, less ".git", which it drops: left in, it would break the Binder and Colab links.
NAME = re.compile(r"[a-z\d](-?[a-z\d]){0,38}/(?!\.{1,2}$|.*\.git$)[\w.-]{1,100}", re.ASCII | re.IGNORECASE)
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z\d](-?[a-z\d])*\.)+[a-z][a-z\d-]*[a-z\d]", re.ASCII)
# The first code cell of every notebook; applications bring the packages they need.
# A zip archive, not git: on Windows there may be no git.
INSTALL = """\
# course_lib न हो (जैसे Colab में), तो यह cell उसे लगाती है, और torch को नहीं छेड़ती।
# Installs course_lib where it is missing, as on Colab, and leaves torch alone.
try:
    import course_lib
except ImportError:
    %pip install --quiet {archive}"""
BAD_NAME = """\
{name!r} is not a repository name; nothing was changed. Write owner/name (no https://, no .git), for example:
{name!r} repository का नाम नहीं है; कुछ भी नहीं बदला गया। owner/name लिखिए (https:// और .git के बिना), जैसे:
    make repository NAME=asha/generative-models"""
BAD_SITE = """\
{site!r} is not a domain; nothing was changed. Write it in small letters, without https:// and without a path, such as:
{site!r} कोई domain नहीं है; कुछ भी नहीं बदला गया। छोटे अक्षरों में, https:// और path के बिना लिखिए, जैसे:
    make repository NAME=asha/generative-models SITE=course.example.org"""


def course() -> dict[str, str]:
    """Return `[tool.course]`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]


def setting() -> tuple[str, str]:
    """Return `owner/name` and the branch."""
    return course()["repository"], course()["branch"]


def site() -> str:
    """Return the website's address: its own domain, or what GitHub Pages gives; "" while nobody owns the course."""
    owner, name = course()["repository"].split("/")
    if domain := course()["site"]:
        return f"https://{domain}/"
    if owner == "your-account":
        return ""
    pages = f"{owner.lower()}.github.io"
    return f"https://{pages}/" if name.lower() == pages else f"https://{pages}/{name}/"


def links(lesson: str) -> dict[str, str]:
    """Return the addresses of the course (`github`, `archive`) and of one lesson's notebook (`binder`, `colab`)."""
    repository, branch = setting()
    notebook = f"notebooks/{lesson}.ipynb"
    return {
        "github": f"https://github.com/{repository}",
        "archive": f"https://github.com/{repository}/archive/{branch}.zip",
        "binder": f"https://mybinder.org/v2/gh/{repository}/{branch}?urlpath=lab/tree/{notebook}",
        "colab": f"https://colab.research.google.com/github/{repository}/blob/{branch}/{notebook}",
    }


def install_cell(applications: bool = False) -> str:
    """Return the source of a notebook's first code cell."""
    archive = links("")["archive"]
    return INSTALL.format(archive=f'"course-lib[labs] @ {archive}"' if applications else archive)


def move(new: str) -> list[str]:
    """Write `new` for the old name in every text file git does not ignore; return the changed files."""
    # Not inside a longer name (my-owner/name, owner/name-2); a notebook, being JSON, writes a line end as \n.
    here = re.escape(setting()[0]).encode()
    old = re.compile(rb"((?<![\w.-])|(?<=\\n))" + here + rb"(?![\w-]|\.(?!git\b)\w)")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = os.fsdecode(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout).split("\0")
    changed = []
    # pyproject.toml last: if interrupted, it still holds the old name and the same command ends the job.
    for name in sorted(set(names) - {""}, key=lambda name: (name == "pyproject.toml", name)):
        path = ROOT / name
        if path.is_symlink() or not path.is_file() or b"\0" in (before := path.read_bytes()):
            continue
        # Bytes in, bytes out: reading as text would change a file's line ends on Windows.
        if (after := old.sub(new.encode(), before)) != before:
            path.write_bytes(after)
            changed.append(name)
    return changed


def move_site(new: str) -> None:
    """Write `new` as the website's domain."""
    path = ROOT / "pyproject.toml"
    path.write_bytes(re.sub(rb'(?m)^site = "[^"]*"', b'site = "%s"' % new.encode(), path.read_bytes()))


if __name__ == "__main__":
    words = sys.argv[1:]
    domain = words.pop().removeprefix("--site=") if words and words[-1].startswith("--site=") else ""
    name = " ".join(words)
    if name and not NAME.fullmatch(name):
        print(BAD_NAME.format(name=name), file=sys.stderr)
        sys.exit(2)
    if domain and not DOMAIN.fullmatch(domain):
        print(BAD_SITE.format(site=domain), file=sys.stderr)
        sys.exit(2)
    if domain:
        move_site(domain)
        print("changed: pyproject.toml (site)")
    for changed in move(name) if name else ():
        print(f"changed: {changed}")
    print("repository: {}, branch: {}".format(*setting()))
    print(f"site: {site()}")
    for place, link in links("02_autoencoder").items():
        print(f"{place}: {link}")
