"""A notebook with several applications, of which each may need a package that is not there."""

import importlib
import re
from importlib import metadata

from IPython import get_ipython
from IPython.display import display

from course_lib.classroom.language import label, markup, message

# The lines for which a cell is run all the same: the next application, and what may install the package.
RUNS = re.compile(r"\s*(application\(|[%!].*\b(pip|conda|mamba)\b)")

_missing: list[str] = []


def application(*packages: str) -> None:
    """The cells up to the next `application` are one application; where a package is missing they are skipped.

    packages: as pip calls them, each of the extra `labs`
    The other applications run all the same; so it stands alone in a cell.
    Taught in: 01c_applications
    """
    importlib.invalidate_caches()  # one may just have been installed
    _missing[:] = [name for name in packages if not _installed(name)]
    shell = get_ipython()
    if shell and _skipped not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_skipped)
    if _missing:
        needed = " ".join(_missing)
        said = {"text/html": markup("application_missing", tag="div", packages=needed)}
        display(said | {"text/plain": message("application_missing", packages=needed)}, raw=True)


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _skipped(lines: list[str]) -> list[str]:
    """A cell as IPython is to run it: as it stands, or a word that it is skipped."""
    if not _missing or any(map(RUNS.match, lines)):
        return lines
    return [f"print({label('application_skipped', packages=' '.join(_missing))!r})\n"]
