"""Training in the page beside PyTorch and TensorFlow.js, on one core each: steps a second of the same model and batch.

TensorFlow.js, which GAN Lab trains with, comes from the npm registry, where there is npm; its CPU backend runs here, as
no GPU does. On a phone its WebGL backend may be faster.
"""

import base64
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measure
import torch
from measure import Figure, ratios
from playwright.sync_api import Page, sync_playwright
from torch import nn
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.explore.base import script
from course_lib.classroom.language import say

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import browsers

STEPS = 60
REPEATS = 5
TENSORFLOW = "4.22.0"

OURS = """
const given = { train: digits, test: digits.subarray(0, 7840), shown: 1 };
const run = new AutoencoderRun({ latent_dim: 8, lr: 5e-3, seed: 0 }, given);
export const step = () => run.step();
"""
THEIRS = """
const drawn = (inputs, outputs) => {
  const bound = 1 / Math.sqrt(inputs);
  return [tf.randomUniform([inputs, outputs], -bound, bound), tf.randomUniform([outputs], -bound, bound)].map((one) =>
    tf.variable(one),
  );
};
const layers = [drawn(784, 128), drawn(128, 8), drawn(8, 128), drawn(128, 784)];
const through = (x, [weights, biases]) => tf.add(tf.matMul(x, weights), biases);
const train = tf.tensor2d(digits, [1000, 784]);
const adam = tf.train.adam(5e-3);
export const step = () => {
  const cost = tf.tidy(() => {
    const x = tf.gather(train, tf.randomUniform([32], 0, 1000, "int32"));
    return adam.minimize(() => {
      const code = through(tf.relu(through(x, layers[0])), layers[1]);
      const guess = tf.sigmoid(through(tf.relu(through(code, layers[2])), layers[3]));
      return tf.div(tf.sum(tf.square(tf.sub(guess, x))), 32);
    }, true);
  });
  const [loss] = cost.dataSync();
  cost.dispose();
  return loss;
};
"""


def digits() -> torch.Tensor:
    return data.mnist().train.images[:1000].flatten(1)


def in_page(page: Page, code: str) -> Callable[[], float]:
    """Seconds of STEPS steps of what `code` exports as `step`; they must have made the loss smaller."""

    def seconds() -> float:
        first, last, milliseconds = page.evaluate(
            """async ([code, steps]) => {
              const { step } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
              for (let n = 0; n < 10; n++) step(); // until the browser has compiled it
              const [first, begun] = [step(), performance.now()];
              for (let n = 1; n < steps; n++) step();
              const last = step();
              return [first, last, performance.now() - begun];
            }""",
            [code, STEPS],
        )
        assert last < first, (first, last)
        return milliseconds / 1000

    return seconds


def in_pytorch() -> float:
    """The same with PyTorch on one thread, as the lesson writes it."""
    torch.manual_seed(0)
    x = digits()
    network = nn.Sequential(
        *(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 8)),
        *(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid()),
    )
    adam = torch.optim.Adam(network.parameters(), lr=5e-3)
    for n in range(10 + STEPS):
        if n == 10:
            begun = time.perf_counter()
        rows = x[torch.randint(1000, (32,))]
        loss = F.mse_loss(network(rows), rows, reduction="sum") / 32
        adam.zero_grad()
        loss.backward()
        adam.step()
    return time.perf_counter() - begun


def tensorflow(folder: Path) -> str | None:
    """TensorFlow.js as one script, from the registry; None where it cannot be had."""
    command = ["npm", "pack", "--silent", f"@tensorflow/tfjs@{TENSORFLOW}"]
    try:
        packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"TensorFlow.js is left out: {error}")
        return None
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        return archive.extractfile("package/dist/tf.es2017.min.js").read().decode()


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browsers.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_content("<!doctype html><title>benchmark</title>")
        page.evaluate(
            "text => { window.digits = Float32Array.from(atob(text), (one) => one.charCodeAt(0) / 255); }",
            base64.b64encode(digits().mul(255).round().to(torch.uint8).numpy().tobytes()).decode(),
        )
        runs = {
            "pytorch": in_pytorch,
            "page": in_page(page, script("training.js", "serve.js", "train_autoencoder/run.js") + OURS),
        }
        if library := tensorflow(Path(folder)):
            page.add_script_tag(content=library)
            page.evaluate("tf.setBackend('cpu')")
            runs["tensorflow"] = in_page(page, THEIRS)
        turns = {name: [] for name in runs}
        for _ in range(REPEATS):  # in turns, so that a slow minute of the machine falls on all
            for name, run in runs.items():
                turns[name].append(run())
        browser.close()
    figures = [
        Figure(f"autoencoder_{name}", ratios(turns["pytorch"], turns[name])) for name in runs if name != "pytorch"
    ]
    speed = {name: [round(STEPS / seconds, 1) for seconds in turns[name]] for name in runs}
    measure.save(measure.RESULTS / "in_page.json", "packaged", figures, steps_per_second=speed)
    say(measure.table(figures))
    print(speed)


if __name__ == "__main__":
    main()
