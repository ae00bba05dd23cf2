"""What a second process saves: the same training by one process and by two, one thread each, side by side.

python benchmarks/two_processes.py                prints {"one": …, "two": …}: seconds, each a list of the repeats
python benchmarks/two_processes.py --clock cpu    of the processor instead of the wall, in the busiest process

A step's arithmetic on the images is shared, the optimiser's is not, and the gradients have to be exchanged. So it pays
where there is much arithmetic for each weight: the model here is lesson 03's convolutional autoencoder.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import torch
import torch.distributed as dist

from course_lib.models.autoencoders import ConvAutoencoder
from course_lib.processes import gathered, processes
from course_lib.train import fit

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
NAMES = {"one": 1, "two": 2}


def work(clock: str, repeats: int, steps: int) -> list[float]:
    """Seconds of each repeat in the slowest process, without what only the first steps need."""
    torch.set_num_threads(1)
    model, x = ConvAutoencoder(code=None, brightness=0.1), torch.rand(256, 1, 28, 28)
    seconds = []
    for _ in range(repeats + 1):
        start = CLOCKS[clock]()
        list(fit(model, x, steps=steps, batch_size=len(x)))
        seconds.append(max(float(s) for s in gathered(torch.tensor(CLOCKS[clock]() - start))))
    return seconds[1:]


def launch(count: int, arguments: list[str]) -> list[float]:
    """`work` in so many processes on this machine, talking over the loopback address."""
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", str(count), "--local-addr", "127.0.0.1"]
    torchrun += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", __file__, "--worker", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run([sys.executable, *torchrun], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        seconds = work(options.clock, options.repeats, options.steps)
        if processes()[0] == 0:
            print(json.dumps(seconds))
        dist.destroy_process_group()
        return
    print(json.dumps({name: launch(count, sys.argv[1:]) for name, count in NAMES.items()}))


if __name__ == "__main__":
    main()
