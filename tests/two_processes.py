"""Run by torchrun in test_train.py: trains on this process's share and saves the weights. Arguments: folder, rows …"""

import itertools
import os
import sys

import torch

from course_lib.checkpoint import Checkpoint
from course_lib.command import main
from course_lib.duel import duel
from course_lib.models import gan
from course_lib.models.autoencoders import Autoencoder
from course_lib.models.vae import VAE
from course_lib.train import fit

folder, *counts = sys.argv[1:]
rank, world = int(os.environ.get("RANK", 0)), os.environ.get("WORLD_SIZE", 1)


def coded(x, epochs=None, checkpoint=None, seed=0):
    """A model that draws random numbers of its own in every process, after so many epochs of three."""
    torch.manual_seed(seed)
    model = VAE(image=(1, 8, 8), hidden=16, latent=4)
    list(itertools.islice(fit(model, x, epochs=3, batch_size=16, checkpoint=checkpoint), epochs))
    return model


for rows in map(int, counts):
    torch.manual_seed(100 + rank)  # other weights in every process: fit has to share those of process 0
    model = Autoencoder(image=(1, 8, 8), hidden=16, code=4)
    x = torch.rand(rows, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    steps = list(fit(model, x, epochs=3, batch_size=15))  # shares of 8 and 7
    assert len(steps) == 3
    seconds = list(fit(Autoencoder(image=(1, 8, 8)), x, seconds=0.2 if rank else 0.5))  # they must stop together
    assert seconds
    pair = gan.pair("deep", image=(1, 8, 8))
    *_, last = duel(*pair, 2 * x - 1, steps=3, batch_size=15, ema=0.5)
    networks = torch.nn.ModuleList([*pair, last.generator])
    checkpoint = Checkpoint(f"{folder}/{rows}-{world}.state")
    coded(x, epochs=2, checkpoint=checkpoint)  # interrupted here …
    resumed = coded(x, checkpoint=checkpoint, seed=7)  # … and gone on with, whatever the model's own weights
    for name, value in coded(x).state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    torch.save(
        {
            **model.state_dict(),
            "loss": torch.tensor(steps[-1].loss),
            **networks.state_dict(prefix="duel."),
            "duel": torch.tensor(last[1:7]),
        },
        f"{folder}/{rows}-{world}-{rank}.pt",
    )
trained = main(["autoencoder", "--steps", "2", "--out", f"{folder}/command-{world}.safetensors"])
torch.save(trained.state_dict(), f"{folder}/command-{world}-{rank}.pt")
