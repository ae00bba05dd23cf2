"""Trains the judge (course_lib/measures/judge.py) on full MNIST and writes its weights. About five minutes on one core.

The 1,000 packaged digits that the lessons hold out are a part of MNIST's training images: the judge must not see them.

COURSE_DATA=FOLDER python tools/judge.py
"""

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.loops import fit
from course_lib.measures import predict
from course_lib.measures.judge import WEIGHTS, Judge


class Shifted(nn.Module):
    """Trains a model on batches moved by up to two pixels: it must know a digit wherever a generator puts it."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def loss(self, x: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        down, right = torch.randint(0, 5, (2,)).tolist()
        moved = F.pad(x, (2, 2, 2, 2))[:, :, down : down + 28, right : right + 28]
        return self.model.loss(moved, labels)


def main() -> None:
    digits = data.mnist("full")
    held_out = {image.tobytes() for image in data.mnist().test.images.numpy()}
    new = torch.tensor([image.tobytes() not in held_out for image in digits.train.images.numpy()])
    assert new.sum() == 59_000
    torch.manual_seed(0)
    judge = Judge()
    for report in fit(Shifted(judge), *(part[new] for part in digits.train), epochs=12, batch_size=64, lr=2e-3):
        right = predict(judge, digits.test.images).argmax(dim=1) == digits.test.labels
        done = f"epoch {report.done}, loss {report.means['loss']:.4f}, test accuracy {right.float().mean():.4f}"
        print(f"{digits.name}: {done}")
    save_file(judge.state_dict(), WEIGHTS)
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
