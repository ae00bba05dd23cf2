"""What the checks of several lessons have in common."""

from collections.abc import Callable, Iterable
from numbers import Real

import torch
from torch import Tensor, nn

from course_lib.classroom.exercises import need, run
from course_lib.classroom.language import Text
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


def need_experiment(
    answer: Callable, measure: Callable[..., float], usual: dict[str, int | bool], most: dict[str, int], example: str
) -> Text:
    """Need one changed setting and a guess of what comes of it; runs the experiment both ways and tells both results.

    measure: settings -> percentage of held-out numbers that come out completely right
    usual: the settings as they are; a whole number or True or False each
    most: the largest that each whole number may be
    example: an answer, as Python writes it
    """
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], dict),
        f"दो चीज़ें लौटाइए: बदलाव एक dict में, और अंदाज़ा प्रतिशत में, जैसे return {example}।",
        f"Return two things: the change as a dict, and your guess in percent, such as return {example}.",
    )
    change, guess = given
    need(
        len(change) == 1 and set(change) <= set(usual),
        f"एक बार में एक ही चीज़ बदलिए, इनमें से: {', '.join(usual)}। दो बदलीं, तो पता नहीं चलेगा कि असर किसका था।",
        f"Change one thing at a time, one of {', '.join(usual)}. With two you could not tell which one mattered.",
    )
    [(name, value)] = change.items()
    need(
        value != usual[name],
        f"{name}={value} तो पहले से है: कुछ बदलिए।",
        f"{name}={value} is what it was: change something.",
    )
    switch = isinstance(usual[name], bool)
    need(
        type(value) is type(usual[name]) and (switch or 1 <= value <= most[name]),
        f"{name} के लिए {value} नहीं चलेगा: "
        + ("True या False दीजिए।" if switch else f"1 से {most[name]} तक की पूर्ण संख्या दीजिए।"),
        f"{value} will not do for {name}: give "
        + ("True or False." if switch else f"a whole number from 1 to {most[name]}."),
    )
    need(
        not isinstance(guess, bool) and isinstance(guess, int | float) and 0 <= guess <= 100,
        "अंदाज़ा 0 से 100 के बीच एक संख्या हो: कितने प्रतिशत अनदेखी संख्याएँ पूरी सही?",
        "Your guess is a number from 0 to 100: what percentage of held-out numbers is completely right?",
    )
    after, before = measure(**{**usual, **change}), measure(**usual)
    measured = Text(
        f"बिना बदलाव {before:.0f} %, {name}={value} पर {after:.0f} %, आपका अंदाज़ा {guess:g} %।",
        f"Unchanged {before:.0f} %, with {name}={value} {after:.0f} %, your guess {guess:g} %.",
    )
    need(
        abs(guess - after) <= 15,
        f"{measured.hi} अंदाज़ा 15 से ज़्यादा दूर रहा: सोचिए क्यों, फिर कोई और बदलाव आज़माइए।",
        f"{measured.en} The guess is more than 15 away: think why, then try another change.",
    )
    return measured
