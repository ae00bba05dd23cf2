"""What the checks of several lessons have in common."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from numbers import Real

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from course_lib.classroom.exercises import need, run
from course_lib.classroom.language import Text
from course_lib.data.number_words import number_words
from course_lib.data.tokens import Vocabulary
from course_lib.loops import fit
from course_lib.measures import exact_match, predict
from course_lib.models.autoencoders import Autoencoder
from course_lib.models.gan import GAN


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


def student_denoiser(answer: Callable, clean: Tensor, hi: str, en: str) -> tuple[nn.Module, float]:
    """The network that the student's function has trained on these clean data, on the CPU, and the seconds it took.

    hi, en: what the data are called, "images"
    """
    start, given = time.perf_counter(), clean.clone()
    network = run(answer, given)
    seconds = time.perf_counter() - start
    need(
        isinstance(network, nn.Module),
        "सिखाया हुआ network लौटाइए: return network।",
        "Return the trained network: return network.",
    )
    need(
        torch.equal(given, clean),
        f"आपका noise साफ़ {hi} को ही बदल देता है, इसलिए target भी बिगड़ गया: नया tensor बनाइए।",
        f"Your noise changes the clean {en} themselves, so the target is corrupted as well: make a new tensor.",
    )
    return network.cpu(), seconds


def student_denoised(network: nn.Module, noisy: Tensor) -> Tensor:
    """What the student's network makes of them: as many, of the same size, without NaN."""
    x_hat = predict(network, noisy)
    need_tensor(x_hat, tuple(noisy.shape))
    need(
        bool(x_hat.isfinite().all()),
        "Training बेक़ाबू हो गई: output में NaN है। Learning rate घटाइए।",
        "Training diverged: the output has NaN. Take a smaller learning rate.",
    )
    return x_hat


def ring_points(gan: GAN) -> Tensor:
    """What a GAN of the ring draws with its average, (2000, 2), always from the same noise."""
    return predict(gan.average, torch.randn(2000, 2, generator=torch.Generator().manual_seed(1)))


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


def setting_and_guess(answer: Callable, name: str) -> tuple[float, float]:
    """What a student returns who changes one number and says in per cent what comes of it.

    name: of the number
    """
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        f"दो संख्याएँ लौटाइए: return {name}, guess।",
        f"Return two numbers: return {name}, guess.",
    )
    setting, guess = (float(need_number(one)) for one in given)
    need(
        0 <= guess <= 100 and not 0 < guess < 1,
        "अंदाज़ा प्रतिशत में दीजिए, 0 से 100 तक: 0.3 नहीं, 30।",
        "Give the guess in per cent, from 0 to 100: not 0.3 but 30.",
    )
    return setting, guess


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


def translated_percent(make: Callable[[int, int], nn.Module], train: int, epochs: int) -> float:
    """How many of 400 held-out numbers up to 9,999 a small translator writes without a slip, in percent.

    make: sizes of the English and of the Hindi vocabulary -> an untrained Seq2Seq
    train: how many pairs it learns from, up to 4,000
    """
    words = number_words(train=4000, test=400, ceiling=9_999)
    english, hindi = Vocabulary(words.train.english), Vocabulary(words.train.hindi)
    source, target = english.encode(words.train.english), hindi.encode(words.train.hindi)
    torch.manual_seed(0)
    model = make(len(english), len(hindi))
    for _ in fit(model, source[:train], target[:train], epochs=epochs, lr=5e-3):
        pass
    ids, _ = model.greedy(english.encode(words.test.english), max_length=10)
    return 100 * exact_match(hindi.decode(ids), words.test.hindi)


class Watch:
    """What a student's training loop does with a model, seen from outside.

    entered: the batches x that came in to be learned from
    modes: for each of them, whether the model was in training mode
    back: for each backward pass x, x̂, and the gradient of the loss at x̂
    arrived: the gradients that came to the model's first weights
    """

    def __init__(self, model: nn.Module):
        self.entered, self.modes, self.back, self.arrived = [], [], [], []
        self.weight = next(model.parameters())
        self.weight.register_hook(self.arrived.append)
        model.register_forward_hook(self._saw, with_kwargs=True)

    def _saw(self, model: nn.Module, given: tuple, named: dict, x_hat: Tensor) -> None:
        if x_hat.requires_grad:
            [x] = (part.detach() for part in (*given, *named.values()))
            drawn = x_hat.detach()
            self.entered.append(x)
            self.modes.append(model.training)
            x_hat.register_hook(lambda gradient: self.back.append((x, drawn, gradient)))

    def of_one_batch(self) -> bool:
        """Whether the gradient that an optimizer would use now is the one that arrived last, and no other with it."""
        used, last = self.weight.grad, self.arrived[-1] if self.arrived else None
        return used is not None and last is not None and torch.allclose(used, last, rtol=1e-3, atol=1e-6)


@contextmanager
def before_each_step(look: Callable[[], object]) -> Iterator[list]:
    """Call `look` whenever an optimizer is about to take a step; gives the list of what it said, one entry a step."""
    said = []
    hook = register_optimizer_step_pre_hook(lambda *_: said.append(look()))
    try:
        yield said
    finally:
        hook.remove()


def cosine(a: Tensor, b: Tensor) -> float:
    """How far two tensors of equal shape point the same way, 1 where they do."""
    return float(torch.cosine_similarity(a.flatten(), b.flatten(), dim=0))
