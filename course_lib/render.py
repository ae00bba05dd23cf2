"""Images drawn from four open fonts: Devanagari digits bent until they look handwritten, and lines of print.

Every font here draws ०-९ with shapes of its own. Some well-known ones (Hind, Poppins, Rajdhani, Teko) draw Latin
digits at the Devanagari code points, so a font is added only once tests/test_render.py passes with it.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from course_lib import check
from course_lib.language import can_draw_hindi, message

DIGITS = "०१२३४५६७८९"
SHARP = 84  # pixels across while a digit is drawn and bent: three for each pixel of the finished image
HEIGHT, WIDTH, FINER = 32, 256, 4  # of a line of print, which is drawn four times as large, then averaged down


class Face(NamedTuple):
    """One weight of a font: its package, the file, and the axes of a variable font (weight, then width)."""

    family: str
    file: str
    axes: tuple[int, ...] = ()

    def path(self) -> Path:
        return import_module(f"fontpkg_{self.family}").ROOT / "files" / self.file


# As many weights of each family, so that no family dominates; and light ones above all, as a pen writes.
FACES = [
    *(Face("kalam", f"Kalam-{weight}.ttf") for weight in ("Light", "Regular", "Bold")),
    *(Face("mukta", f"Mukta-{weight}.ttf") for weight in ("Light", "Regular", "Medium")),
    *(Face("baloo_2", "Baloo2[wght].ttf", (weight,)) for weight in (400, 450, 550)),
    *(Face("noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf", (w, 100)) for w in (250, 400, 550)),
]

# The words of a line: those to train on, then those that only held-out lines have.
WORDS = {
    "en": (
        "Total Amount Paid Cash Change Receipt Invoice Balance Bank Account Branch Date Time Order Price Item Milk "
        "Bread Rice Sugar Tea Butter Fruit Flour Market Shop Ticket Train Bus Station Seat Dear Sir Madam Thanks "
        "Please Letter Reply Office Address Street School Class Teacher Student Exam Marks Result Fee Book Library "
        "Pencil Name Father Monday Friday January March Mobile UPI",
        "Discount Payment Refund Signature Onion Potato Village Hospital Holiday Lesson Notebook Sunday August Mother "
        "Friend Number Water Journey Welcome Quantity",
    ),
    "hi": (
        "कुल राशि रसीद बिल नकद शेष बैंक खाता शाखा दिनांक समय मूल्य दूध चावल चीनी चाय मक्खन फल आटा बाज़ार दुकान टिकट "
        "रेलगाड़ी बस स्टेशन सीट प्रिय महोदय धन्यवाद कृपया पत्र उत्तर कार्यालय पता सड़क विद्यालय कक्षा शिक्षक छात्र "
        "परीक्षा अंक परिणाम शुल्क किताब पुस्तकालय पेंसिल नाम पिता सोमवार शुक्रवार जनवरी मार्च मोबाइल भुगतान ग्राहक "
        "गाँव ज़िला डाकघर अंग्रेज़ी यूपीआई",
        "छूट वापसी हस्ताक्षर प्याज़ आलू अस्पताल छुट्टी पाठ रविवार अगस्त माता मित्र बिजली पानी यात्रा स्वागत लड़का "
        "मिठाई दरवाज़ा कर्मचारी",
    ),
}


def glyph(face: Face, character: str) -> np.ndarray:
    """One character in the middle of a black square: (SHARP, SHARP) uint8, ink 255.

    raises: ValueError for several characters, or one that the font lacks: it would draw an empty box
    """
    if not isinstance(character, str) or len(character) != 1:
        check.refuse("character", character, '"१"')
    _check(face, character)
    # One glyph needs no shaping, and the basic layout is there in every Pillow.
    font = ImageFont.truetype(face.path(), 72, layout_engine=ImageFont.Layout.BASIC)
    if face.axes:
        font.set_variation_by_axes(list(face.axes))
    left, top, right, bottom = font.getbbox(character)
    corner = ((SHARP - left - right) // 2, (SHARP - top - bottom) // 2)
    image = Image.new("L", (SHARP, SHARP))
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    return np.asarray(image)


def digits(generator: torch.Generator, per_class: int = 500, faces=FACES, characters=DIGITS) -> tuple[np.ndarray, ...]:
    """Digits ०-९ in turn, as if written by many hands.

    returns: images (10 * per_class, 28, 28) uint8, ink 255; labels (10 * per_class,) uint8 0, 1, …, 9, 0, 1, …
    raises: ValueError without a face, for other than ten characters, or fewer than one image of each
    """
    check.whole("per_class", per_class)
    check.kind("faces", faces, Sequence)
    check.kind("characters", characters, Sequence)
    if not faces:
        raise ValueError(message("error_entries", name="faces", given=0, expected="N > 0"))
    if len(characters) != 10:
        raise ValueError(message("error_entries", name="characters", given=len(characters), expected=10))
    stock = _blur(torch.tensor(np.array([[glyph(face, digit) for digit in characters] for face in faces])) / 255)
    labels = torch.arange(10 * per_class) % 10
    images = []
    for part in labels.split(250):  # a part of this size stays in the processor's cache
        chosen = torch.randint(len(faces), part.shape, generator=generator)
        level = (0.45 + 0.08 * _smooth(len(part), 1, 4, generator)).clamp(0.25, 0.6)  # a pen's pressure along a stroke
        ink = ((_bend(stock[chosen, part][:, None], generator) - level) * 5 + 0.5).clamp(0, 1)
        images.append((_as_mnist(ink, generator) * 255).round().to(torch.uint8))
    return torch.cat(images)[:, 0].numpy(), labels.to(torch.uint8).numpy()


def _blur(ink: Tensor) -> Tensor:
    """A Gaussian blur of 1.5 pixels, (…, SHARP, SHARP): cut at a level, it rounds a printed corner as a pen does."""
    place = torch.arange(SHARP)
    mix = torch.softmax(-(place[:, None] - place).square() / 4.5, dim=1)
    return mix @ ink @ mix.mT


def _smooth(rows: int, channels: int, knots: int, generator: torch.Generator) -> Tensor:
    """Random fields without sharp edges: (rows, channels, SHARP, SHARP), normal at `knots` x `knots` points."""
    # Bicubic interpolation is linear: two products with a small matrix are far faster than F.interpolate of it all.
    between = F.interpolate(torch.eye(knots)[None, None], size=(SHARP, knots), mode="bicubic", align_corners=True)[0, 0]
    return between @ torch.randn(rows, channels, knots, knots, generator=generator) @ between.mT


def _sampled(ink: Tensor, *theta: Tensor, curves: Tensor | float = 0) -> Tensor:
    """`ink` (N, 1, SHARP, SHARP) seen through the affine map of six (N,) numbers, with `curves` added to it."""
    grid = F.affine_grid(torch.stack(theta, dim=1).view(-1, 2, 3), list(ink.shape), align_corners=False)
    return F.grid_sample(ink, grid + curves, align_corners=False)


def _bend(ink: Tensor, generator: torch.Generator) -> Tensor:
    """A random slant, proportion and rotation, then the uneven curves of a hand. Source: Simard et al. (2003)."""
    n = len(ink)
    turn, shear, stretch = torch.randn(3, n, generator=generator).clamp(-2, 2) * torch.tensor([[0.1], [0.14], [0.08]])
    curves = 0.045 * _smooth(n, 2, 5, generator) + 0.012 * _smooth(n, 2, 12, generator)
    cos, sin, zero = turn.cos(), turn.sin(), torch.zeros(n)
    theta = cos * stretch.exp(), shear - sin, zero, sin, cos / stretch.exp(), zero
    return _sampled(ink, *theta, curves=curves.permute(0, 2, 3, 1))


def _as_mnist(ink: Tensor, generator: torch.Generator) -> Tensor:
    """MNIST's frame, (N, 1, 28, 28): the longer side about 20 pixels, the centre of mass about in the middle."""
    place = (torch.arange(SHARP) + 0.5) * 2 / SHARP - 1  # affine_grid's coordinates, from -1 to 1
    profile = torch.stack([ink.sum(dim=2), ink.sum(dim=3)]).view(2, -1, SHARP)  # of the columns, then of the rows
    low = torch.where(profile > 1, place, 1).amin(dim=2)
    high = torch.where(profile > 1, place, -1).amax(dim=2)
    scale = (high - low).amax(dim=0) * 28 / 40 * (1 + 0.04 * torch.randn(len(ink), generator=generator).clamp(-2, 2))
    middle = (profile * place).sum(2) / profile.sum(2) + 0.02 * torch.randn(2, len(ink), generator=generator)
    inside = scale * 24 / 28  # two pixels of every side stay free
    across, down = middle.clamp(high - inside, low + inside)
    zero = torch.zeros_like(scale)
    return F.avg_pool2d(_sampled(ink, scale, zero, across, zero, scale, down), SHARP // 28)


def _check(face: Face, text: str) -> None:
    from matplotlib.font_manager import get_font

    check.kind("face", face, Face)
    missing = [letter for letter in text if not get_font(face.path()).get_char_index(ord(letter))]
    if missing:
        raise ValueError(message("error_glyph", family=face.family, missing="".join(missing)))


@cache
def _figure():
    """The canvas of one line and its text, made once and drawn again and again."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72 * FINER, facecolor="white", layout="none")
    return FigureCanvasAgg(figure), figure.text(0, 0, "", color="black", ha="left", va="baseline")


def line(text: str, face: Face, size: float = 19, left: float = 8, baseline: float = 10) -> np.ndarray | None:
    """A line of print, shaped by matplotlib (a variable font in its regular weight); None where it would not fit.

    size, left, baseline: in pixels of the finished image, the last two from its lower left corner
    returns: (HEIGHT, WIDTH) uint8, paper 255
    raises: ValueError for several lines, a character that the font lacks, or a size that is no number above 0
    """
    from matplotlib import rc_context

    if not isinstance(text, str) or "\n" in text:
        check.refuse("text", text, '"…"')
    _check(face, text)
    check.number("size", size, low=0, above=True)
    check.number("left", left)
    check.number("baseline", baseline)
    canvas, words = _figure()
    # What a notebook has set for its own figures must not change the data.
    with rc_context({"text.usetex": False, "text.hinting": "none", "text.antialiased": True}):
        words.set(text=text, parse_math=False, font=face.path(), fontsize=size, x=left / WIDTH, y=baseline / HEIGHT)
        if words.get_window_extent().x1 > (WIDTH - 5) * FINER:
            return None
        canvas.draw()
    grey = np.asarray(canvas.buffer_rgba())[..., 0].astype(np.float32)
    return grey.reshape(HEIGHT, FINER, WIDTH, FINER).mean(axis=(1, 3)).round().astype(np.uint8)


def number(language: str, generator: np.random.Generator) -> str:
    """An amount, a date, a time or a count; in Devanagari digits for "hi".

    raises: ValueError for a language other than "en" or "hi"
    """
    _check_language(language)
    a, b, year = generator.integers(1, 13), generator.integers(10, 60), generator.integers(1990, 2030)
    amount = int(10 ** generator.uniform(1, 4.6))
    written = generator.choice(
        [f"₹{amount:,}", f"₹{amount:,}.{b}", f"{b % 28 + 1:02}/{a:02}/{year}", f"{a}:{b}", f"{b}"]
    )
    return str(written).translate({48 + i: digit for i, digit in enumerate(DIGITS)} if language == "hi" else {})


def _check_language(language: str) -> None:
    if language not in [*WORDS]:
        check.refuse("language", language, '"en" / "hi"')


def words_of_a_line(language: str, held_out: bool, generator: np.random.Generator) -> list[str]:
    """Three to six words, about a third of them numbers. raises: ValueError as `number` does."""
    _check_language(language)
    chosen = generator.choice(WORDS[language][held_out].split(), generator.integers(3, 7), replace=False)
    return [number(language, generator) if generator.random() < 0.35 else str(word) for word in chosen]


def lines(generator: np.random.Generator, train: int = 480, test: int = 120) -> tuple[np.ndarray, ...]:
    """Lines of print, English and Hindi in turn; all English where matplotlib cannot shape Hindi.

    returns: images (train + test, HEIGHT, WIDTH) uint8, paper 255; labels uint8, 0 English, 1 Hindi; texts
    raises: ValueError without lines to train on, or for numbers that are not whole
    """
    check.whole("train", train)
    check.whole("test", test, least=0)
    languages, printed = ("en", "hi") if can_draw_hindi() else ("en",), {}
    for i in range(train + test):
        label, text, image = i % len(languages), "", None
        while image is None or text in printed:  # no line twice, and so none in both splits
            face, placed = FACES[generator.integers(len(FACES))], generator.uniform((17.5, 6, 9.5), (20, 12, 11))
            words = words_of_a_line(languages[label], i >= train, generator)
            while words and (image := line(" ".join(words), face, *placed)) is None:
                words.pop()
            text = " ".join(words)
        printed[text] = image, np.uint8(label)
    images, labels = zip(*printed.values(), strict=True)
    return np.array(images), np.array(labels), np.array(list(printed))
