"""The workflow files for GitHub and GitLab: their own linters accept them, and refuse them when they are broken."""

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import check_jsonschema
import pytest
import repository
import yaml
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = ROOT / ".github" / "workflows" / "course.yml", ROOT / ".gitlab-ci.yml"
JOBS = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))["jobs"]


def grammar(path: Path, schema: str) -> str:
    """What the grammar that the host publishes has against a file."""
    done = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", f"vendor.{schema}", str(path)])
    return done.output if done.exit_code else ""


def dangers(folder: Path) -> str:
    """What a stranger could do with a repository's GitHub workflows, by zizmor; it asks nobody."""
    command = [Path(sysconfig.get_path("scripts"), "zizmor"), "--offline", "--no-progress", "--color=never", folder]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    return done.stdout if done.returncode else ""


def test_the_hosts_accept_them():
    assert grammar(GITHUB, "github-workflows") == ""
    assert grammar(GITLAB, "gitlab-ci") == ""
    assert dangers(ROOT / ".github") == ""


@pytest.mark.parametrize(
    ("path", "schema", "right", "wrong"),
    [
        (GITHUB, "github-workflows", "runs-on: ubuntu-latest", "run-on: ubuntu-latest"),
        (GITHUB, "github-workflows", "pages: write", "pages: everything"),
        (GITLAB, "gitlab-ci", "artifacts:", "artefacts:"),
        (GITLAB, "gitlab-ci", "paths:\n      - public", "paths: public"),
    ],
)
def test_a_slip_is_refused(tmp_path, path, schema, right, wrong):
    text = path.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / path.name).write_text(text.replace(right, wrong), encoding="utf-8")
    assert path.name in grammar(tmp_path / path.name, schema)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("permissions:\n      contents: read", "permissions: write-all", "excessive-permissions"),
        ("          persist-credentials: false", "          fetch-depth: 1", "artipacked"),
        ("actions/deploy-pages@v5", "someone/deploy-pages@v5", "unpinned-uses"),
        ("- run: .ci/run", "- run: echo '${{ github.event.pull_request.title }}'", "template-injection"),
        ("  pull_request:", "  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_an_open_door_is_refused(tmp_path, right, wrong, said):
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    path = tmp_path / ".github" / "workflows" / GITHUB.name
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    assert f"[{said}]" in dangers(tmp_path / ".github")


def test_only_the_courses_own_main_branch_publishes():
    """A fork and a pull request test, and no more."""
    name, branch = repository.setting()
    assert yaml.load(GITHUB.read_text(encoding="utf-8"), yaml.BaseLoader)["on"]["push"]["branches"] == [branch]
    wanted = f"github.event_name == 'push' && github.repository == '{name}'"
    assert [JOBS[job]["if"] for job in ("site", "binder")] == [wanted, wanted]
    assert JOBS["pages"]["needs"] == "site"
    assert "if" not in JOBS["test"]
    # The rights to write belong to the one job that runs nothing of ours.
    assert [job for job, said in JOBS.items() if "write" in said["permissions"].values()] == ["pages"]
    assert not any("run" in step for step in JOBS["pages"]["steps"])


def test_what_they_run_is_there():
    """In the Python that the course supports: the test command, a browser, and targets of the Makefile."""
    gitlab = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    hosts = [
        (JOBS["test"]["container"], JOBS["site"]["container"], *_commands("test"), *_commands("site")),
        (gitlab["default"]["image"], *gitlab["test"]["script"], *gitlab["pages"]["script"]),
    ]
    targets = re.search(r"^\.PHONY:(.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ci.rstrip().endswith("make test")
    browser = re.search(r"apt-get install .*(chromium .*) >", ci)[1]
    for said in hosts:
        assert said[0] == "python:3.11-bookworm"
        assert ".ci/run" in said
        assert any(command.endswith(f" {browser}") for command in said)
        [made] = (command.split()[1:] for command in said if command.startswith("make "))
        assert made == ["site", "slides", "handouts"]
        assert set(made) <= set(targets)


def _commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]
