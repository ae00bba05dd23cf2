"""The rooms in which a model is trained in the page: a page for each, and its card on the landing page."""

import html

from landing import WORDS, notebooks
from notes import MADE
from twins import STATE, explorer

ROOMS = {"autoencoder": "02_autoencoder", "vae": "05_vae", "gan": "06_gan"}


def stored(room: str) -> dict:
    """The explorer of that room, as the lesson's committed notebook keeps it."""
    models = notebooks()[ROOMS[room]].metadata.widgets[STATE].state.values()
    return next(model for model in models if model.state.get("room") == room)


def cards() -> str:
    """A card for each room: what one does there, and how many of its tasks this reader has done."""
    rows = []
    for room in ROOMS:
        tasks = sum("_task_" in key for key in stored(room).state.texts)
        title = html.escape(WORDS["rooms"][room], quote=False)
        rows.append(
            f'<li data-room="{room}" data-tasks="{tasks}"><div><a href="docs/train_{room}.html">{title}</a>'
            f"<p><span>{WORDS['rooms']['tasks'].format(tasks=tasks)}</span></p></div></li>"
        )
    return f'<ol class="course-cards">{"".join(rows)}</ol>'


def setup(app):
    MADE.update({f"% train {room}": lambda room=room: explorer(stored(room)) for room in ROOMS})
    MADE["% rooms"] = cards
