"""A GAN that a student has trained without course_lib: its generator, and what the loop's optimizers did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from IPython.display import DisplayHandle
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from course_lib.classroom.exercises import need, run
from course_lib.classroom.exercises.checks import need_tensor
from course_lib.classroom.language import message, text
from course_lib.classroom.show import Block


class Steps:
    """The optimizers of a student's loop, and what they were about to do at each step."""

    def __init__(self):
        self.optimizers, self.counts, self.pulls, self.looks = [], [], [], []

    def saw(self, optimizer: torch.optim.Optimizer, *_) -> None:
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)
            self.counts.append(0)
            self.pulls.append(0.0)
        mine = next(place for place, known in enumerate(self.optimizers) if known is optimizer)
        self.counts[mine] += 1
        if self.counts[mine] <= 20:  # enough to tell what is wrong
            pulls = [_pull(known) for known in self.optimizers]
            self.pulls[mine] = max(self.pulls[mine], pulls[mine])
            self.looks.append((mine, pulls))

    def of(self, network: nn.Module) -> list[int]:
        """The places of the optimizers that hold a weight of this network."""
        weights = set(map(id, network.parameters()))
        return [
            place
            for place, one in enumerate(self.optimizers)
            if any(id(weight) in weights for group in one.param_groups for weight in group["params"])
        ]

    def leaked(self, generator: nn.Module) -> bool:
        """Whether the generator's gradient changed between its own step and the discriminator's next one."""
        [place] = self.of(generator)
        last = None
        for mine, pulls in self.looks:
            if mine == place:
                last = pulls[place]
            elif last is not None and pulls[place] > 0 and abs(pulls[place] - last) > 1e-6 * last:
                return True
        return False


def _pull(optimizer: torch.optim.Optimizer) -> float:
    gradients = [weight.grad for group in optimizer.param_groups for weight in group["params"]]
    return float(sum(one.detach().cpu().double().square().sum() for one in gradients if one is not None))


@contextmanager
def _steps_shown(total: int) -> Iterator[Steps]:
    """A bar that follows a student's loop by the steps of the optimizer that has taken most of them."""
    seen, bar = Steps(), DisplayHandle()
    bar.display(Block("", ""))

    def hook(optimizer, *_):
        before = max(seen.counts, default=0)
        seen.saw(optimizer)
        done = max(seen.counts)
        if before < done <= total and done % 20 == 0:
            said = message(text("at_step", step=f"{done} / {total}"))
            shown = f'<progress value="{done}" max="{total}" aria-label="{said}" style="width:60%"></progress>'
            bar.update(Block(f"{shown}<br>{said}", said))

    handle = register_optimizer_step_pre_hook(hook)
    try:
        yield seen
    finally:
        handle.remove()


def _check_steps(generator: nn.Module, seen: Steps, steps: int) -> None:
    """Need two optimizers, one of which moved the generator as often as was asked."""
    need(
        bool(seen.optimizers),
        "Weights हिले ही नहीं: optimizer.step() नहीं चला।",
        "The weights did not move: optimizer.step() never ran.",
    )
    mine = seen.of(generator)
    need(
        len(mine) == 1,
        "जो network आपने लौटाया, उसके weights किसी optimizer में नहीं: opt_G को G.parameters() दीजिए और वही G लौटाइए।"
        if not mine
        else "G के weights एक से ज़्यादा optimizers में हैं: हर network का अपना एक optimizer।",
        "No optimizer holds the weights of the network you returned: give G.parameters() to opt_G and return that G."
        if not mine
        else "More than one optimizer holds G's weights: one optimizer for each network.",
    )
    [place] = mine
    need(
        len(seen.optimizers) > 1,
        "एक ही optimizer मिला: D का अपना optimizer चाहिए। दोनों एक में हों, तो हर एक दूसरे का loss भी घटाता है।",
        "There is only one optimizer: D needs one of its own. In a single one each would lower the other's loss too.",
    )
    need(
        seen.pulls[place] > 0,
        "G तक कोई gradient नहीं पहुँचा: detach सिर्फ़ D के loss में लगाइए; G के loss में D(fake), बिना detach और no_grad के।",
        "No gradient reaches G: detach in D's loss only; G's loss takes D(fake) without detach and no_grad.",
    )
    count = seen.counts[place]
    need(
        count == steps,
        f"G ने {count} steps लिए, {steps} चाहिए: for _ in range(steps)।",
        f"G took {count} steps, {steps} are wanted: for _ in range(steps).",
    )


def trained_generator(answer: Callable, *data: Tensor, steps: int) -> tuple[nn.Module, Steps]:
    """The generator that `answer(*data, steps)` returns, on the CPU."""
    torch.manual_seed(0)
    with _steps_shown(steps) as seen:
        generator = run(answer, *data, steps)
    need(
        isinstance(generator, nn.Module),
        f"सिखाया हुआ network लौटाइए, {type(generator).__name__} नहीं: return G।",
        f"Return the trained network, not {type(generator).__name__}: return G.",
    )
    return generator.cpu(), seen


def need_drawn(drawn: Tensor, generator: nn.Module, seen: Steps, steps: int) -> None:
    """Need 1,000 digits without NaN, of a generator that has learned for as many steps as were asked."""
    need_tensor(drawn, (1000, 1, 28, 28))
    _check_steps(generator, seen, steps)
    need(
        bool(drawn.isfinite().all()),
        "Training बेक़ाबू हो गई: G के चित्रों में NaN है। Learning rate घटाइए।",
        "Training diverged: G's images have NaN. Take a smaller learning rate.",
    )
