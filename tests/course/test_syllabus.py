"""Every bold item of the syllabus has run: docs/syllabus.yml is whole, and its numbers stand in the notebooks."""

import copy
import re
import sys
from collections import Counter
from pathlib import Path

import gates
import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "ext"))
import syllabus  # noqa: E402

ENTRIES = syllabus.entries()
NUMBER = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?")
NAMES = [f"{entry['part']} {entry['item']['en']}" for entry in ENTRIES]

# The bold items by part, from the syllabus itself: "A general pattern", "Variants", "Types", "Applications", collapse.
BOLD = {
    "01": """translation, image captioning, autoencoder, chatbot, speech-to-text,
        CNN–CNN, CNN–RNN, RNN–RNN, Transformer–Transformer, ViT–GPT""",
    "02": """vanilla, sparse, denoising, variational, convolutional, dimensionality reduction, image denoising,
        anomaly detection, compression, colourisation, feature extraction""",
    "03": "image denoising, document clean-up, audio denoising, medical signals",
    "04": "visualisation, clustering, fast inference, feature extraction, game AI",
    "05": "image generation, data imputation, representation learning, anomaly detection, drug design",
    "06": """mode collapse, art & design, deepfakes, super-resolution, healthcare: synthetic medical data,
        gaming / simulation, data augmentation, e-commerce mock-ups, film/animation""",
    "07": "DCGAN, WGAN / WGAN-GP, conditional GAN, Pix2Pix, CycleGAN, StyleGAN, BigGAN, text-to-image GAN",
    "08": "diffusion model",
}


def complaints(entry, notebook) -> list[str]:
    """What is wrong with the number of one item in one notebook."""
    found = syllabus.find(entry, notebook)
    if not found:
        return [f"{entry['item']['en']}: nothing printed in {entry['lesson']} fits {entry['find']!r}"]
    return [f"{entry['item']['en']}: {hit.number!r} is no number" for hit in found if not NUMBER.fullmatch(hit.number)]


def test_every_bold_item_is_there_once():
    wanted = [(part, name.strip()) for part, names in BOLD.items() for name in re.split(r",\s", names)]
    assert [(entry["part"], entry["item"]["en"]) for entry in ENTRIES] == wanted
    assert max(Counter(wanted).values()) == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_number_stands_in_the_notebook_under_a_heading_of_its_own(entry):
    notebook = syllabus.notebook(entry["lesson"])
    assert complaints(entry, notebook) == []
    heading = syllabus.find(entry, notebook)[0].heading
    lines = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown").split("\n")
    assert sum(line.startswith("#") and line.lstrip("# ") == heading for line in lines) == 1  # the link has one target
    assert re.compile(entry["find"]).groups == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_a_number_that_vanished_is_reported(entry):
    broken = copy.deepcopy(syllabus.notebook(entry["lesson"]))
    for cell in broken.cells:
        cell.pop("outputs", None)
    assert complaints(entry, broken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syllabus, "notebook", lambda _: broken)
        with pytest.raises(ValueError, match="nothing in notebooks"):
            syllabus.row(entry, "en")


def test_a_word_in_place_of_the_number_is_reported():
    entry = ENTRIES[0] | {"find": r"^GRU \+ (attention)"}
    assert "'attention' is no number" in complaints(entry, syllabus.notebook(entry["lesson"]))[0]


def test_no_number_is_typed_by_hand():
    words = [entry[key][language] for entry in ENTRIES for key in ("item", "means") for language in ("hi", "en")]
    assert [said for said in words if re.search(r"\b\d", said)] == []


def test_both_languages_speak_for_themselves():
    for entry in ENTRIES:
        assert gates.DEVANAGARI.search(entry["means"]["hi"]), entry
        assert not gates.DEVANAGARI.search(entry["item"]["en"] + entry["means"]["en"]), entry
    hindi = {}
    for entry in ENTRIES:
        hindi.setdefault(entry["item"]["en"], set()).add(entry["item"]["hi"])
    assert [names for names in hindi.values() if len(names) > 1] == []  # one name a thing
    text = syllabus.PAGE.read_text(encoding="utf-8")
    assert [word for term in gates.glossary() for word in term["wrong"] if word in text] == []


def test_the_page_shows_every_part():
    page = (ROOT / "docs" / "syllabus.md").read_text(encoding="utf-8")
    assert re.findall(r"^```\{syllabus\} (\d\d)$", page, re.MULTILINE) == list(BOLD)
