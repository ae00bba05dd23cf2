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
from measure import Figure
from playwright.sync_api import Page, sync_playwright
from speed import bare_fit_gan

from course_lib import data
from course_lib.classroom.explore.base import script
from course_lib.classroom.language import say
from course_lib.data import ring
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import browsers

STEPS = 60
REPEATS = 5
TENSORFLOW = "4.22.0"

OWN_AUTOENCODER = """
const given = { train: digits, test: digits.subarray(0, 7840), shown: 1 };
const run = new AutoencoderRun({ latent_dim: 8, lr: 5e-3, seed: 0 }, given);
export const step = () => run.step();
"""
OWN_GAN = """
const shapes = { ring: Float32Array.from(ring.flat()) };
const run = new GanRun({ d_lr: 8e-3, g_lr: 2e-3, seed: 0, shape: "ring" }, { shapes });
export const step = () => run.step();
"""
# TensorFlow.js, as its own examples write it.
LAYERS = """
const drawn = (inputs, outputs) => {
  const bound = 1 / Math.sqrt(inputs);
  return [tf.randomUniform([inputs, outputs], -bound, bound), tf.randomUniform([outputs], -bound, bound)].map((one) =>
    tf.variable(one),
  );
};
const through = (x, [weights, biases]) => tf.add(tf.matMul(x, weights), biases);
"""
THEIR_AUTOENCODER = (
    LAYERS
    + """
const layers = [drawn(784, 128), drawn(128, 8), drawn(8, 128), drawn(128, 784)];
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
)
THEIR_GAN = (
    LAYERS
    + """
const [g, d] = [2, 1].map((last) => [drawn(2, 64), drawn(64, 64), drawn(64, last)]);
const net = (x, [a, b, c]) => through(tf.leakyRelu(through(tf.leakyRelu(through(x, a), 0.2), b), 0.2), c);
const real = tf.tensor2d(ring);
const [dAdam, gAdam] = [8e-3, 2e-3].map((lr) => tf.train.adam(lr, 0.5, 0.99));
const [ones, zeros] = [tf.ones([64, 1]), tf.zeros([64, 1])];
const bce = (labels, logits) => tf.losses.sigmoidCrossEntropy(labels, logits);
export const step = () => {
  const cost = tf.tidy(() => {
    const x = tf.gather(real, tf.randomUniform([64], 0, 1000, "int32"));
    const z = tf.randomNormal([64, 2]);
    const fake = net(z, g);
    const cost = dAdam.minimize(() => tf.add(bce(ones, net(x, d)), bce(zeros, net(fake, d))), true, d.flat());
    gAdam.minimize(() => bce(ones, net(net(z, g), d)), false, g.flat());
    return cost;
  });
  const [loss] = cost.dataSync();
  cost.dispose();
  return loss;
};
"""
)


def digits() -> torch.Tensor:
    return data.mnist().train.images[:1000].flatten(1)


def in_page(page: Page, code: str) -> float:
    """Seconds of STEPS steps of what `code` exports as `step`."""
    milliseconds = page.evaluate(
        """async ([code, steps]) => {
          const { step } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
          for (let n = 0; n < 20; n++) step(); // until the browser has compiled it
          const begun = performance.now();
          for (let n = 0; n < steps; n++) if (!Number.isFinite(step())) throw new Error("the loss is not finite");
          return performance.now() - begun;
        }""",
        [code, STEPS],
    )
    return milliseconds / 1000


def timed(step: Callable[[], object]) -> float:
    for _ in range(20):
        step()
    begun = time.perf_counter()
    for _ in range(STEPS):
        step()
    return time.perf_counter() - begun


def autoencoder_in_pytorch() -> float:
    x, model = digits().view(-1, 1, 28, 28), Autoencoder(*dense(latent_dim=8))
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, fused=True)

    def step():
        loss, _ = model.loss(x[torch.randint(len(x), (32,))])
        adam.zero_grad()
        loss.backward()
        adam.step()

    return timed(step)


def gan_in_pytorch() -> float:
    gan = GAN(*pair("points", hidden=64), latent_dim=2)
    points, recipe = ring.gaussians(1000), {"lr": (2e-3, 8e-3), "betas": (0.5, 0.99)}
    bare_fit_gan(gan, points, 20, **recipe)
    begun = time.perf_counter()
    bare_fit_gan(gan, points, STEPS, **recipe)
    return time.perf_counter() - begun


def engine(*run: str) -> str:
    return script("training.js", "serve.js", *run)


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
        page.evaluate("points => { window.ring = points; }", ring.gaussians(1000).tolist())
        own = {
            "autoencoder": engine("digit_run.js", "train_autoencoder/run.js") + OWN_AUTOENCODER,
            "gan": engine("train_gan/run.js") + OWN_GAN,
        }
        runs = {
            "autoencoder": {"pytorch": autoencoder_in_pytorch, "page": lambda: in_page(page, own["autoencoder"])},
            "gan": {"pytorch": gan_in_pytorch, "page": lambda: in_page(page, own["gan"])},
        }
        if library := tensorflow(Path(folder)):
            page.add_script_tag(content=library)
            page.evaluate("tf.setBackend('cpu')")
            runs["autoencoder"]["tensorflow"] = lambda: in_page(page, THEIR_AUTOENCODER)
            runs["gan"]["tensorflow"] = lambda: in_page(page, THEIR_GAN)
        # In turns, so that a slow minute of the machine falls on all.
        turns = [
            {task: {name: run() for name, run in by_name.items()} for task, by_name in runs.items()}
            for _ in range(REPEATS)
        ]
        browser.close()
    figures = [
        Figure(f"{task}_{name}", [turn[task]["pytorch"] / turn[task][name] for turn in turns])
        for task, by_name in runs.items()
        for name in by_name
        if name != "pytorch"
    ]
    speed = {
        f"{task}_{name}": [round(STEPS / turn[task][name], 1) for turn in turns]
        for task, by_name in runs.items()
        for name in by_name
    }
    measure.save(measure.RESULTS / "in_page.json", "packaged", figures, steps_per_second=speed)
    say(measure.table(figures))
    print(speed)


if __name__ == "__main__":
    main()
