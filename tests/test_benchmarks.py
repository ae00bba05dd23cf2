"""The benchmarks run; their figures are for a quiet machine and full MNIST, and are checked by nobody here."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_vae_benchmark_prints_a_loss():
    command = [sys.executable, "benchmarks/vae.py", "--data", "packaged", "--seconds", "4", "--seeds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=120)
    loss, spread = map(float, re.search(r"BCE \+ KL: ([\d.]+) ± ([\d.]+) nats", done.stdout).groups())
    assert 100 < loss < 400  # an untrained one has 543: 784 pixels of log 2
    assert spread < 100


def test_gan_benchmark_prints_both_distances():
    command = [sys.executable, "benchmarks/gan.py", "--data", "packaged", "--seconds", "6", "--seeds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=120)
    ours, reference = (
        float(re.search(rf"{name}: Fréchet distance ([\d.]+)", done.stdout)[1]) for name in ("conv", "deep")
    )
    assert 100 < ours < reference < 2500  # untrained generators have about 1,500
