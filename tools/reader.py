"""Trains the reader (course_lib/measures/reader.py) and writes its weights. Three minutes on one core.

COURSE_DATA=FOLDER python tools/reader.py
"""

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.data.documents import WORDS, line
from course_lib.data.fonts import FACES
from course_lib.data.pages import cut, ink, printed_pages
from course_lib.loops import fit
from course_lib.measures.reader import HEIGHT, WEIGHTS, WIDTH, Reader, reading_rate

VOCABULARY = " ".join(word for both in WORDS.values() for word in both).split()
SIZES = 4  # of each word in each face


class Spoilt(nn.Module):
    """Trains a model on words moved by a pixel, paler, blurred or grainy: what any reader must bear."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def loss(self, x: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        down, right = torch.randint(0, 3, (2,)).tolist()
        x = F.pad(x, (1, 1, 1, 1), value=1.0)[:, :, down : down + HEIGHT, right : right + WIDTH]
        blurred = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
        share = torch.rand(3, len(x), 1, 1, 1)
        x = x + 0.6 * share[0] * (blurred - x)
        x = x * (1 - 0.4 * share[1]) + 0.2 * share[1] + 0.12 * share[2] * torch.randn_like(x)
        return self.model.loss(x.clamp(0, 1), labels)


def drawn(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Every word in every face, four times, each at the left of its image as on a page."""
    images, labels = np.ones((len(VOCABULARY) * len(FACES) * SIZES, 1, HEIGHT, WIDTH), np.float32), []
    for label, word in enumerate(VOCABULARY):
        for face in FACES * SIZES:
            image = ink(line(word, face, rng.uniform(17.5, 20)))
            images[len(labels), 0, :, 3 : 3 + image.shape[1]] = image / 255
            labels.append(label)
    return torch.from_numpy(images), torch.tensor(labels)


def main() -> None:
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    train = drawn(np.random.default_rng(1))
    torch.manual_seed(0)
    reader = Reader(len(VOCABULARY))
    for report in fit(Spoilt(reader), *train, epochs=30, batch_size=64, lr=2e-3):
        print(f"epoch {report.done}, loss {report.means['loss']:.4f}", flush=True)
    save_file(reader.state_dict(), WEIGHTS, {"words": " ".join(VOCABULARY)})
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB")
    for held_out in (False, True):
        pages = printed_pages(8, held_out=held_out, seed=9)
        rate = reading_rate(cut(pages.images, pages.words), [word.text for word in pages.words])
        print(f"clean words of pages, held out {held_out}: {rate:.4f} of {len(pages.words)}")


if __name__ == "__main__":
    data.folder().mkdir(parents=True, exist_ok=True)
    main()
