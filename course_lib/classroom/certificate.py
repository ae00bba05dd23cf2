"""What a student's checks have shown, lesson by lesson: a table for the notebook, and a page to print."""

import importlib
import pkgutil
from datetime import date
from pathlib import Path

from course_lib.classroom import exercises, record
from course_lib.classroom.exercises import Exercise
from course_lib.classroom.language import TABLE, Text, current, label, markup, message, text
from course_lib.classroom.show import Block, table

FILE = "certificate.html"
STYLE = """
@page { size: A4; margin: 15mm; }
body { max-width: 48rem; margin: 0 auto; padding: 1rem; color: #111; background: #fff;
  font: 11pt/1.35 "Noto Sans", "Noto Sans Devanagari", "Nirmala UI", "Kohinoor Devanagari", sans-serif; }
@media print { body { padding: 0; font-size: 9pt; } }
h1 { font-size: 1.5em; line-height: 1.3; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.2em 0.5em 0.2em 0; border-bottom: 1px solid #999; vertical-align: top; }
tr { break-inside: avoid; }
td:nth-child(n + 3) { white-space: nowrap; }
h1 > *, td > * { display: block; }
h1 > .lang-both, td > .lang-both { display: none; }
.name { display: inline-block; min-width: 16em; border-bottom: 1px solid; }
"""


def certificate(name: str = "") -> Block:
    """How many exercises of each lesson were right on this computer, and when; writes certificate.html to print.

    name: the student's, which only the page shows
    Taught in: 09_gan_vae_diffusion
    """
    days, rows, right, total = record.days(), [], 0, 0
    for title, tasks in _lessons():
        done = [days[task.name] for task in tasks if days.get(task.name)]
        number, words = title.en.rpartition(" · ")[0], Text(*(part.rpartition(" · ")[2] for part in title))
        rows.append((number, words, f"{len(done)} / {len(tasks)}", max(done).isoformat() if done else ""))
        right, total = right + len(done), total + len(tasks)
    if not right:
        return Block(markup("certificate_none", tag="div"), message("certificate_none"))
    shown = table(["#", "certificate_lesson", "certificate_right", "certificate_last"], rows)
    counted = {"right": right, "total": total}
    body = shown.html + markup("certificate_total", tag="p", **counted)
    try:
        Path(FILE).write_text(_page(name, body), encoding="utf-8")
        written = text("certificate_written")
    except OSError as error:
        written = text("certificate_unwritten", reason=error.strerror)
    plain = [shown.plain, message("certificate_total", **counted), message(written)]
    return Block(body + markup(written, tag="p"), "\n".join(plain))


def _lessons() -> list[tuple[Text, list[Exercise]]]:
    """Title and exercises of each lesson, in the order of the course: a title begins with its number."""
    found = []
    for module in pkgutil.iter_modules(exercises.__path__):
        things = vars(importlib.import_module(f"{exercises.__name__}.{module.name}")).values()
        if tasks := [thing for thing in things if isinstance(thing, Exercise)]:
            found.append((TABLE.get(f"lesson_{module.name}", Text(module.name, module.name)), tasks))
    return sorted(found, key=lambda lesson: lesson[0].en)


def _page(name: str, body: str) -> str:
    name, today = (Text(said, said) for said in (name, date.today().isoformat()))
    return f"""<!DOCTYPE html>
<html lang="{"en" if current() == "en" else "hi"}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{label("certificate_title")}</title>
<style>{STYLE}</style>
<main>
<h1>{markup("certificate_title")}</h1>
<p>{markup("certificate_name")}: <strong class="name">{markup(name)}</strong></p>
<p>{markup("certificate_date")}: {markup(today)}</p>
{body}
{markup("certificate_what", tag="p")}
</main>
</html>
"""
