"""What the tests of training in the page share: the worker's code as functions, and a phone that is slow."""

import base64
import re

import torch

from course_lib.classroom.explore.base import script

# Chromium's throttling leaves workers alone: after each slice the worker rests three times as long as the slice took.
SLOW = """{
  const Whole = Blob;
  const rest = `{
    const later = setTimeout;
    let begun = performance.now();
    addEventListener("message", () => (begun = performance.now()), true);
    self.setTimeout = (next) => later(() => {
      begun = performance.now();
      next();
    }, 3 * (performance.now() - begun));
  }`;
  window.Blob = class extends Whole {
    constructor(parts, options) {
      const works = typeof parts?.[0] === "string" && parts[0].includes("serve(");
      super(works ? [rest, ...parts] : parts, options);
    }
  };
}"""

# Tells of the worker: window.works is it, window.reports what it has reported; asked for its `weights`, which the page
# never does, its answer goes to window.handed and not to the page.
LISTENS = """{
  const Whole = Worker;
  window.reports = [];
  window.Worker = class extends Whole {
    constructor(url) {
      super(url);
      window.works = this;
      this.addEventListener("message", (event) => {
        if (event.data.steps >= 0) window.reports.push(event.data);
        if (event.data.answer !== "weights") return;
        event.stopImmediatePropagation();
        window.handed(event.data.values);
      });
    }
  };
}"""


def slow_phone(page):
    """Four times slower, page and worker, as Lighthouse has it for a phone; 390 pixels wide."""
    page.add_init_script(SLOW)
    page.set_viewport_size({"width": 390, "height": 844})
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def press(page, name):
    page.get_by_role("button", name=re.compile(rf"\b{name}\b")).click()


def numbers(page):
    """What stands beside the player, in its order; None for what is no number yet."""
    told = page.locator(".course-status .course-value").all_inner_texts()
    return [float(one.removesuffix(" %")) if one != "–" else None for one in told]


def until(page, names, condition, seconds=120):
    """Wait for a condition in JavaScript of the numbers beside the player, the first of which have these names."""
    page.wait_for_function(
        f"""() => {{
          const told = [...document.querySelectorAll(".course-status .course-value")];
          const [{names}] = told.map((one) => Number.parseFloat(one.textContent));
          return {condition};
        }}""",
        timeout=1000 * seconds,
    )


def at_step(page, count=0):
    until(page, "steps", f"steps === {count}")


def one_step(page):
    """Take one step of a run that has taken none: whatever was asked before is drawn by then."""
    press(page, "one step")
    at_step(page, 1)


def paused(page):
    """Pause, and wait for the last report: a screen reader hears it. returns: the numbers"""
    press(page, "pause")
    page.wait_for_function(
        """() => document.querySelector(".course-heard").textContent.startsWith(
          `steps: ${document.querySelector(".course-status .course-value").textContent};`)"""
    )
    return numbers(page)


def run(page, files, names, body, **given):
    """Evaluate `body` in the page with `names` from the worker's files; tensors travel as lists, both ways.

    body: of an async function that knows `names` and `given`, and returns what JSON can hold
    """
    code = script("training.js", *files) + f"\nexport {{ {', '.join(names)} }};"
    if page.url == "about:blank":
        page.set_content("<!doctype html><title>engine</title>")
    plain = {name: value.tolist() if isinstance(value, torch.Tensor) else value for name, value in given.items()}
    return page.evaluate(
        f"""async ([code, given]) => {{
          const url = URL.createObjectURL(new Blob([code], {{ type: "text/javascript" }}));
          const {{ {", ".join(names)} }} = await import(url);
          const {{ {", ".join(plain)} }} = given;
          {body}
        }}""",
        [code, plain],
    )


# Put into a body: numbers as base64 of float32, since a list of a hundred thousand takes seconds.
SENT = """const sent = (values) => {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};"""


def received(text, *shape):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).view(*shape).clone()


def linear(weights, biases, inputs, outputs):
    """The page's layer as PyTorch's, which keeps its weights the other way round."""
    layer = torch.nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.copy_(received(weights, inputs, outputs).T)
        layer.bias.copy_(received(biases, outputs))
    return layer
