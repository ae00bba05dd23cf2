"""What a second process saves: the same training by one process and by two, one thread each, side by side.

python benchmarks/two_processes.py                prints {"one": …, "two": …}: seconds, each a list of the repeats
python benchmarks/two_processes.py --count        floating-point operations of the busiest process instead of seconds

A step's arithmetic on the images is shared, the optimiser's is not, and the gradients have to be exchanged. So it pays
where there is much arithmetic for each weight: the model here is lesson 03's convolutional autoencoder.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext

import torch
import torch.distributed as dist
from torch.utils.flop_counter import FlopCounterMode

from course_lib.cli.distributed import gathered, join, share
from course_lib.loops import fit
from course_lib.models.autoencoders import Autoencoder, conv

NAMES = {"one": 1, "two": 2}


def work(count: bool, repeats: int, steps: int) -> list[float]:
    """Seconds of each repeat in the slowest process, without what only the first steps need; or operations."""
    torch.set_num_threads(1)
    model, [x] = Autoencoder(*conv(latent_dim=None, brightness=0.1)), share(*join(), torch.rand(256, 1, 28, 28))
    found = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        with FlopCounterMode(display=False) if count else nullcontext() as counter:
            list(fit(model, x, epochs=steps, batch_size=len(x)))  # a step each
        mine = counter.get_total_flops() if count else time.perf_counter() - start
        found.append(max(gathered(mine)))
    return found[1:]


def launch(count: int, arguments: list[str]) -> list[float]:
    """`work` in so many processes on this machine, talking over the loopback address."""
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", str(count), "--local-addr", "127.0.0.1"]
    torchrun += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", __file__, "--worker", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run(
        [sys.executable, *torchrun], check=True, stdout=subprocess.PIPE, encoding="utf-8", env=environment
    )
    return json.loads(done.stdout)


def side_by_side(repeats: int, arguments: list[str]) -> dict[str, list[float]]:
    """One process and two in turns, each time launched anew; the median of five runs, for a core may be taken away."""
    turns = [
        {name: launch(count, ["--repeats", "5", *arguments]) for name, count in NAMES.items()} for _ in range(repeats)
    ]
    return {name: [statistics.median(turn[name]) for turn in turns] for name in NAMES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        seconds = work(options.count, options.repeats, options.steps)
        if dist.get_rank() == 0:
            print(json.dumps(seconds))
        dist.destroy_process_group()
        return
    arguments = ["--steps", str(options.steps)]
    if options.count:
        arguments += ["--count", "--repeats", "1"]  # operations are the same each time; the last --repeats counts
    print(json.dumps(side_by_side(options.repeats, arguments)))


if __name__ == "__main__":
    main()
