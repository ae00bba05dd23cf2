"""What the checks of several lessons have in common."""

from collections.abc import Callable, Iterable
from numbers import Real

import torch
from torch import Tensor, nn

from course_lib.classroom.exercises import need, run
from course_lib.models.autoencoders import Autoencoder


def student_autoencoder(answer: Callable, **options) -> Autoencoder:
    """An Autoencoder with the encoder and decoder that the student's function returns, on the CPU as a check's data."""
    torch.manual_seed(0)
    pair = run(answer)
    need(
        isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(half, nn.Module) for half in pair),
        "दो modules लौटाइए: return encoder, decoder।",
        "Return two modules: return encoder, decoder.",
    )
    return Autoencoder(*pair, **options).cpu()


def need_tensor(
    given: object,
    shape: tuple[int, ...],
    hi: str = "{shape} आकार का tensor चाहिए, {got} मिला।",
    en: str = "A tensor of shape {shape} is wanted, not {got}.",
) -> None:
    """Need a tensor of this shape; the reason says which one came, or what came instead of a tensor."""
    got = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
    need(got == shape, *(said.format(shape=shape, got=got) for said in (hi, en)))


def need_number(given: object) -> Tensor:
    """Need a number or real numbers in a tensor; returns them as a tensor."""
    real = isinstance(given, Real) or (isinstance(given, Tensor) and not given.is_complex())
    got = given.dtype if isinstance(given, Tensor) else type(given).__name__
    need(real, f"एक संख्या चाहिए, {got} नहीं।", f"One number is needed, not {got}.")
    return torch.as_tensor(given)


def need_loss(given: object, right: Tensor, slips: Iterable[tuple[Tensor, str, str]]) -> None:
    """Need one number equal to `right`; a common slip gets its own reason.

    slips: (the value that the slip gives, hi, en)
    """
    given = need_number(given).detach().float()
    need(
        given.ndim == 0,
        f"एक ही संख्या चाहिए, पर आकार {tuple(given.shape)} मिला: हर चित्र के pixels जोड़िए, फिर सब चित्रों का औसत लीजिए।",
        f"One number is needed, not the shape {tuple(given.shape)}: sum within each image, then average over images.",
    )
    for value, hi, en in slips:
        need(not torch.isclose(given, value, rtol=1e-4).item(), hi, en)
    need(
        torch.isclose(given, right, rtol=1e-4).item(),
        f"{float(right):.3f} आना चाहिए था, {float(given):.3f} आया।",
        f"It should give {float(right):.3f}, yours gives {float(given):.3f}.",
    )
