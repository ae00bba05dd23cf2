"""Lines of print, English and Hindi, like the lines of a receipt or a letter."""

from functools import cache

import numpy as np
import torch

from course_lib.data.base import DataSet, cached, dataset
from course_lib.data.fonts import DIGITS, FACES, Face, need_glyphs

HEIGHT, WIDTH, FINER = 32, 256, 4  # of a line of print, which is drawn four times as large, then averaged down

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


def printed_lines(device: torch.device | str = "cpu") -> DataSet:
    """Lines of print, English (label 0) and Hindi (label 1). Synthetic: random words, numbers, amounts and dates.

    device: where the tensors live
    returns: images (N, 1, 32, 256) float32 in [0, 1], dark ink (0) on white paper (1), labels (N,) int64; 480 to train
        on, 120 held out, half of each language. No word of a held-out line is in a training line.
        matplotlib before 3.11 cannot draw Hindi right; with it every line is English, and the name says so.
    Source: fonts Kalam, Mukta, Baloo 2, Noto Sans Devanagari (OFL). Taught in: 03_denoising
    """
    # The number in the name of a cache grows with every change of what is drawn.
    file, note = ("printed_lines_1", "") if can_draw_hindi() else ("printed_lines_1_en", ", English only")
    x, y, _ = cached(file, [(600, HEIGHT, WIDTH), (600,), (600,)], lambda: lines(np.random.default_rng(0)))
    return dataset(f"Printed lines 480 + 120 (synthetic){note}", (x[:480], y[:480]), (x[480:], y[480:]), device)


def can_draw_hindi() -> bool:
    """Whether this matplotlib shapes Devanagari: from 3.11 on. Older ones draw vowel signs in the wrong place."""
    import matplotlib

    return tuple(int(part) for part in matplotlib.__version__.split(".")[:2]) >= (3, 11)


def lines(rng: np.random.Generator, train: int = 480, test: int = 120) -> tuple[np.ndarray, ...]:
    """Lines of print, English and Hindi in turn; all English where matplotlib cannot shape Hindi.

    returns: images (train + test, HEIGHT, WIDTH) uint8, paper 255; labels uint8, 0 English, 1 Hindi; texts
    """
    languages, printed = ("en", "hi") if can_draw_hindi() else ("en",), {}
    for i in range(train + test):
        label, text, image = i % len(languages), "", None
        while image is None or text in printed:  # no line twice, and so none in both splits
            face, placed = FACES[rng.integers(len(FACES))], rng.uniform((17.5, 6, 9.5), (20, 12, 11))
            words = words_of_a_line(languages[label], i >= train, rng)
            while words and (image := line(" ".join(words), face, *placed)) is None:
                words.pop()
            text = " ".join(words)
        printed[text] = image, np.uint8(label)
    images, labels = zip(*printed.values(), strict=True)
    return np.array(images), np.array(labels), np.array(list(printed))


def words_of_a_line(language: str, held_out: bool, rng: np.random.Generator) -> list[str]:
    """Three to six words, about a third of them numbers."""
    chosen = rng.choice(WORDS[language][held_out].split(), rng.integers(3, 7), replace=False)
    return [number(language, rng) if rng.random() < 0.35 else str(word) for word in chosen]


def number(language: str, rng: np.random.Generator) -> str:
    """An amount, a date, a time or a count; in Devanagari digits for "hi"."""
    a, b, year = rng.integers(1, 13), rng.integers(10, 60), rng.integers(1990, 2030)
    amount = int(10 ** rng.uniform(1, 4.6))
    written = rng.choice([f"₹{amount:,}", f"₹{amount:,}.{b}", f"{b % 28 + 1:02}/{a:02}/{year}", f"{a}:{b}", f"{b}"])
    return str(written).translate({48 + i: digit for i, digit in enumerate(DIGITS)} if language == "hi" else {})


def line(text: str, face: Face, size: float = 19, left: float = 8, baseline: float = 10) -> np.ndarray | None:
    """A line of print, shaped by matplotlib (a variable font in its regular weight); None where it would not fit.

    size, left, baseline: in pixels of the finished image, the last two from its lower left corner
    returns: (HEIGHT, WIDTH) uint8, paper 255
    raises: ValueError for a character that the font lacks
    """
    from matplotlib import style

    need_glyphs(face, text)
    # What a notebook has set for its own figures must not change the data; a text takes much of it when it is made.
    with style.context(["default", {"text.hinting": "none"}]):
        canvas, words = _figure()
        words.set(text=text, parse_math=False, font=face.path(), fontsize=size, x=left / WIDTH, y=baseline / HEIGHT)
        if words.get_window_extent().x1 > (WIDTH - 5) * FINER:
            return None
        canvas.draw()
    grey = np.asarray(canvas.buffer_rgba())[..., 0].astype(np.float32)
    return grey.reshape(HEIGHT, FINER, WIDTH, FINER).mean(axis=(1, 3)).round().astype(np.uint8)


@cache
def _figure():
    """The canvas of one line and its text, made once and drawn again and again."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72 * FINER, facecolor="white", layout="none")
    return FigureCanvasAgg(figure), figure.text(0, 0, "", color="black", ha="left", va="baseline")
