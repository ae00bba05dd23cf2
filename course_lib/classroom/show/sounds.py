"""Players for sounds."""

import base64
import html
import io
import wave
from collections.abc import Mapping

import numpy as np
from torch import Tensor

from course_lib.classroom.language import Text, label, listed, markup, message, text
from course_lib.classroom.show.blocks import Block

# As many beside each other as there is room for; here, for JupyterLab, the site and the slides have no style in common.
GRID = "display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.6rem"


def sounds(clips: Mapping[str | Text, Tensor], rate: int = 8000, alt: str | Text | None = None) -> Block:
    """A player for each sound, with its name before it; the sounds are in the page itself.

    clips: label -> (T,), from -1 to 1; what is quieter than 1 is made louder, all by the same factor
    rate: samples a second
    alt: what a listener should notice
    Each second of sound takes 21 kB of the page at rate 8,000.
    Taught in: 01c_applications
    """
    waves = {key: clip.detach().cpu().flatten().numpy() for key, clip in clips.items()}
    peak = max(float(np.abs(w).max(initial=0)) for w in waves.values()) or 1.0
    rows, said = [], []
    for key, samples in waves.items():
        seconds = f"{len(samples) / rate:.1f}"
        source = f"data:audio/wav;base64,{base64.b64encode(_wav(samples / peak, rate)).decode()}"
        name = html.escape(label("sound_player", name=text(key)))
        player = f'<audio controls style="width: 100%" aria-label="{name}" src="{source}"></audio>'
        rows.append(f"<div>{markup(key)} ({markup('sound_seconds', seconds=seconds)}){player}</div>")
        said.append(listed([text(key), text("sound_seconds", seconds=seconds)]))
    note = "" if alt is None else f"<p>{markup(alt)}</p>"
    plain = listed([listed(said, "; "), *([] if alt is None else [text(alt)])], ". ")
    return Block(f'<div class="sounds" style="{GRID}">{"".join(rows)}</div>{note}', message(plain))


def _wav(samples: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)  # bytes of a sample
        out.setframerate(rate)
        out.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return file.getvalue()
