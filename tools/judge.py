"""Trains the judges (course_lib/measures/judge.py) and writes their weights. Some minutes each on one core.

The digits that the lessons hold out are in neither's training: the 1,000 packaged ones are a part of MNIST's training
images and are left out; Devanagari digits are drawn anew, by another seed than the lessons'.

COURSE_DATA=FOLDER python tools/judge.py [latin] [devanagari]
"""

import argparse

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.data import devanagari
from course_lib.loops import fit
from course_lib.measures import predict
from course_lib.measures.judge import SCRIPTS, Judge, weights


class Shifted(nn.Module):
    """Trains a model on batches moved by up to two pixels: it must know a digit wherever a generator puts it."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def loss(self, x: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        down, right = torch.randint(0, 5, (2,)).tolist()
        moved = F.pad(x, (2, 2, 2, 2))[:, :, down : down + 28, right : right + 28]
        return self.model.loss(moved, labels)


def latin() -> tuple[data.Split, data.Split]:
    """What to learn from, and what to be tested on."""
    digits = data.mnist("full")
    held_out = {image.tobytes() for image in data.mnist().test.images.numpy()}
    new = torch.tensor([image.tobytes() not in held_out for image in digits.train.images.numpy()])
    assert new.sum() == 59_000
    return data.Split(*(part[new] for part in digits.train)), digits.test


def drawn() -> tuple[data.Split, data.Split]:
    """As `latin`."""
    images, labels = map(torch.from_numpy, devanagari.digits(torch.Generator().manual_seed(1), per_class=3000))
    return data.Split(images[:, None].float() / 255, labels.long()), data.devanagari_digits().test


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scripts", nargs="*", default=SCRIPTS, choices=SCRIPTS)
    for script in parser.parse_args().scripts:
        train, test = latin() if script == "latin" else drawn()
        torch.manual_seed(0)
        judge = Judge()
        for report in fit(Shifted(judge), *train, epochs=12, batch_size=64, lr=2e-3):
            right = predict(judge, test.images).argmax(dim=1) == test.labels
            print(
                f"{script}: epoch {report.done}, loss {report.means['loss']:.4f}, accuracy {right.float().mean():.4f}"
            )
        save_file(judge.state_dict(), weights(script))
        print(f"{weights(script).name}: {weights(script).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
