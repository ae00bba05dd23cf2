"""Training loops. A loop is a generator: it trains and yields what it measured; the notebook does the rest."""

import inspect
import math
import time
from collections.abc import Iterator
from numbers import Real
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.checkpoint import Checkpoint
from course_lib.data import batches, count_rows
from course_lib.language import message
from course_lib.models import border
from course_lib.processes import agreed, average_gradients, processes, share_weights, summed

# Adam's averages for dead units and the tails of a sigmoid sink below 1e-38, where a CPU takes several times as long;
# counted as 0 they leave the weights as they are. Not in a loop: threads that torch has begun would not hear of it.
torch.set_flush_denormal(True)


class Step(NamedTuple):
    """What `fit` yields after each epoch.

    epoch: 1, 2, …
    loss: mean over the epoch's images
    parts: the same for every part that the model's loss names
    seconds: since training began
    """

    epoch: int
    loss: float
    parts: dict[str, float]
    seconds: float


def fit(
    model: nn.Module,
    *tensors: Tensor,
    epochs: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    batch_size: int = 64,
    lr: float = 1e-3,
    decay: bool = True,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Step]:
    """Train `model` with Adam on `model.loss(*batch)`, yielding a Step after every epoch.

    model: any module with `loss(*batch) -> (scalar, parts)`; on the device of the tensors
    tensors: one or more with N rows; a batch takes the same rows of each
    epochs, steps, seconds: when to stop; exactly one. Only epochs and steps can be repeated exactly.
    batch_size: rows in a step (over all processes together)
    lr: Adam's step size; with `decay` it falls in a straight line to zero at the end of the run
    seed: fixes the order of the batches and torch's own random numbers
    checkpoint: keeps the run after each epoch save the last, and goes on from there; not for `seconds`
    raises: ValueError for bad arguments, or data with NaN; ArithmeticError where the loss is no longer finite
    Under torchrun every process trains on its share of each batch and the gradients are averaged.
    Between two yields the model is in eval mode. Taught in: 02_autoencoder
    """
    check.trainable("model", model)
    given = {"epochs": epochs, "steps": steps, "seconds": seconds}
    limits = {name: limit for name, limit in given.items() if limit is not None}
    if len(limits) != 1 or not all(isinstance(limit, Real) and 0 < limit < math.inf for limit in limits.values()):
        raise ValueError(message("error_stop", given=limits))
    check.number("lr", lr, 0)
    check.whole("seed", seed, *check.SEED)
    check.kind("checkpoint", checkpoint, Checkpoint | None, "Checkpoint")
    if checkpoint and "seconds" in limits:
        check.refuse("checkpoint", checkpoint.file, "epochs / steps")
    check_data(*tensors, size=batch_size)
    if len(tensors) == 1:  # the model's own target; here, once, or every step would have to read its batch
        border.target(model, tensors[0])
    check.function("model.loss", getattr(model, "loss", None))
    try:
        inspect.signature(model.loss).bind(*tensors)
    except TypeError:
        takes = {"model": type(model).__name__, "signature": inspect.signature(model.loss)}
        raise ValueError(message("error_loss", count=len(tensors), **takes)) from None
    return _fit(model, tensors, limits, batch_size, lr, decay, seed, checkpoint)


def check_data(*tensors: Tensor, size: int) -> None:
    """What both loops can cut into batches of `size`: read once here, so that no step has to look for NaN.

    raises: ValueError for tensors without rows, of unequal length or with NaN in them, or another size
    """
    for place, t in enumerate(tensors):
        check.kind(f"tensors[{place}]", t, Tensor)
        if t.ndim == 0:
            check.tensor(f"tensors[{place}]", t, like=t.dtype)
    check.whole("batch_size", size)
    count_rows(*tensors, size=size)
    for place, t in enumerate(tensors):
        check.tensor(f"tensors[{place}]", t, like=t.dtype)
        check.finite(f"tensors[{place}]", t)


def _fit(model, tensors, limits, batch_size, lr, decay, seed, checkpoint):
    rank, ranks = processes()
    torch.manual_seed(seed + rank)
    order = torch.Generator().manual_seed(seed)
    share_weights(model)
    fused = tensors[0].device.type in ("cpu", "cuda")  # one kernel for all parameters
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=fused)
    start, per_epoch = time.perf_counter(), math.ceil(len(tensors[0]) / batch_size)
    step = 0
    if checkpoint:
        told = {**limits, "rows": len(tensors[0]), "batch_size": batch_size, "lr": lr, "decay": decay, "seed": seed}
        step = checkpoint.restore(told, model=model, optimizer=optimizer, order=order)
    epoch, done = step // per_epoch, _done(limits, step, per_epoch, start) if step else 0.0
    while done < 1:
        epoch += 1
        seen, rows = [], []
        model.train()
        try:
            for index in batches(*tensors, size=batch_size, generator=order):
                optimizer.param_groups[0]["lr"] = lr * (1 - done) if decay else lr
                mine = index[rank::ranks]
                share = len(mine) / len(index)
                if not share:  # a last batch smaller than the number of processes: join in with weight zero
                    mine = index[:1]
                try:
                    loss, parts = model.loss(*(t[mine] for t in tensors))
                except check.NotFinite:  # the data are finite, so the weights have gone astray
                    raise ArithmeticError(_diverged(epoch, math.nan, lr)) from None
                optimizer.zero_grad()
                (loss if share == 1 else loss * share).backward()
                average_gradients(model)
                optimizer.step()

                # They stay on the device: reading a number in every step would make a GPU wait.
                seen += [value.detach() for value in (*parts.values(), loss)]
                rows.append(share * len(index))
                step += 1
                done = _done(limits, step, per_epoch, start)
                if done >= 1:
                    break
        finally:  # also where the student interrupts
            model.eval()
        share_weights(model)  # the weights are equal already, but not what layers such as BatchNorm keep beside them
        weights = torch.tensor(rows, device=loss.device)
        totals = weights @ torch.stack(seen).view(len(rows), -1).float()  # (steps,) @ (steps, numbers)
        count = summed(weights.sum())  # images of this epoch, in all processes
        means = dict(zip([*parts, "loss"], (summed(total) / count for total in totals), strict=True))
        if not math.isfinite(means["loss"]):
            raise ArithmeticError(_diverged(epoch, means["loss"], lr))
        if checkpoint and done < 1:
            checkpoint.save(step)
        yield Step(epoch, means.pop("loss"), means, time.perf_counter() - start)


def _diverged(epoch: int, loss: float, lr: float) -> str:
    return message("error_diverged", epoch=epoch, loss=loss, lr=lr, smaller=lr / 10)


def _done(limits, step, per_epoch, start) -> float:
    """The share of the run that is over, from 0 to 1."""
    if "seconds" in limits:
        # By the clock of one process, or they would not stop together.
        return agreed((time.perf_counter() - start) / limits["seconds"])
    return step / limits.get("steps", limits.get("epochs", 0) * per_epoch)


if __name__ == "__main__":
    from course_lib.command import main  # which trains with the loops of the module course_lib.train, not of this copy

    main()
