"""The caption explorer's JavaScript reads, draws and measures as PyTorch does: by keys as well, with no kernel."""

import re
import unicodedata

import pytest
import torch
from test_explorers import fits, levels, open_explorer

from course_lib import measures
from course_lib.classroom import language
from course_lib.classroom.explore import CaptionToImage
from course_lib.data.digit_captions import captions, every_wish
from course_lib.data.tokens import Vocabulary
from course_lib.models.conditional import CaptionEncoder, ConditionalNormGenerator
from course_lib.models.gan_networks import from_tanh
from course_lib.models.seq2seq import GRUEncoder

EXAMPLES = ["मोटा सात बाईं ओर झुका हुआ", "a thin seven leaning right", "three"]


@pytest.fixture(scope="module")
def made():
    """A widget whose weights lose next to nothing, its generator and its vocabulary. Untrained, with much contrast."""
    texts = [
        text
        for code in ("hi", "en")
        for text in captions(every_wish().repeat(4, 1), code, torch.Generator().manual_seed(0))
    ]
    vocabulary = Vocabulary(texts)
    torch.manual_seed(0)
    generator = ConditionalNormGenerator(CaptionEncoder(len(vocabulary), GRUEncoder(32), 32), 32)
    with torch.no_grad():
        for layer in (generator.norm7.scale_shift, generator.norm14.scale_shift):
            layer.weight *= 6
        generator.up14.weight *= 8
    generator(torch.randn(200, 64), vocabulary.encode(texts[:200]))  # BatchNorm gets its averages
    return CaptionToImage(generator.eval(), vocabulary, EXAMPLES, bits=16), generator, vocabulary


@torch.no_grad()
def expected(made, caption):
    widget, generator, vocabulary = made
    noise = torch.tensor(widget.noise)
    return from_tanh(generator(noise, vocabulary.encode([caption]).expand(len(noise), -1)))


def drawn(page):
    return torch.stack([levels(canvas)[..., 0].float() / 255 for canvas in page.get_by_role("img").all()])[:, None]


def ask(page, typed):
    page.get_by_role("textbox").fill(typed)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_browser_draws_what_the_generator_draws(page, made, width):
    open_explorer(page, made[0], width)
    for caption in (*EXAMPLES, "thick thick thick zero", "देवनागरी नौ खड़ा"):
        ask(page, caption)
        images = expected(made, caption)
        assert torch.allclose(drawn(page), images, atol=2 / 255), caption
        told = page.locator("figcaption").all_inner_texts()
        numbers = torch.tensor(
            [[float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))] for text in told]
        )
        assert torch.allclose(numbers[:, 0], measures.stroke_width(images), atol=0.06)
        assert torch.allclose(numbers[:, 1], measures.slant(images), atol=0.6)
        names = [image.get_attribute("aria-label") for image in page.get_by_role("img").all()]
        assert names == [f"picture · चित्र {n}: {text}" for n, text in enumerate(told, 1)]
        said = page.locator(".course-answer").inner_text()
        assert f"“{caption}”" in said
        assert f"stroke {measures.stroke_width(images).mean():.1f} pixels" in said
        assert fits(page) <= 0
    assert page.get_by_role("img").count() == 8


FORMS = {
    "मोटा सात बाईं ओर झुका हुआ": ("मोटा सात, बाईं ओर झुका हुआ।", "मोटा ७ बाईं ओर झुका हुआ", "मोटी सात बाईं ओर झुकी हुई"),
    "a thick seven leaning left": (
        "A THICK Seven, leaning left!",
        "a thick 7 leaning-left",
        " a  thick “seven”  leaning left",
    ),
    "हिन्दी पाँच": ("हिंदी पांच", "हिन्दी ५", unicodedata.normalize("NFD", "हिन्दी पाँच")),
}


def test_other_ways_to_write_the_same(page, made):
    open_explorer(page, made[0])
    for caption, forms in FORMS.items():
        images = expected(made, unicodedata.normalize("NFC", caption))
        for typed in forms:
            ask(page, "zero")
            ask(page, typed)
            assert page.get_by_role("alert").inner_text() == "", typed
            assert torch.allclose(drawn(page), images, atol=2 / 255), typed


PROBLEMS = (
    ("", "Write a caption, such as", "कोई caption लिखिए"),
    (" ,। ", "Write a caption, such as", "कोई caption लिखिए"),
    ("a purple seven", "never saw “purple”", "“purple” कभी नहीं देखा"),
    ("बैंगनी सात", "never saw “बैंगनी”", "“बैंगनी” कभी नहीं देखा"),
    ("not thick", "never saw “not”", "“not” कभी नहीं देखा"),
    ("12", "never saw “12”", "“12” कभी नहीं देखा"),
    ("<b>bold</b>", "never saw “<b>bold</b>”", "“<b>bold</b>” कभी नहीं देखा"),
    ("seven " * 30, "up to 24 words", "24 शब्दों तक"),
    ("<pad> <end>", "never saw “<pad>”", "“<pad>” कभी नहीं देखा"),
)


def test_what_cannot_be_read_is_said_in_both_languages(page, made):
    open_explorer(page, made[0], width=390)
    field = page.get_by_role("textbox")
    for typed, english, hindi in PROBLEMS:
        ask(page, typed)
        said = page.get_by_role("alert").inner_text()
        assert english in said, typed
        assert hindi in said, typed
        assert "{" not in said
        assert field.get_attribute("aria-invalid") == "true"
        assert page.get_by_role("img").count() == 0  # no picture of another caption stays on the page
        assert fits(page) <= 0
        ask(page, "three")
        assert page.get_by_role("alert").inner_text() == ""
        assert field.get_attribute("aria-invalid") == "false"
        assert page.get_by_role("img").count() == 8


def test_examples_and_new_noise_by_keyboard(page, made):
    open_explorer(page, made[0])
    assert page.get_by_role("textbox").input_value() == EXAMPLES[0]
    examples = page.get_by_role("group", name="or take one of these").get_by_role("button")
    assert examples.all_inner_texts() == EXAMPLES
    assert [one.get_attribute("aria-pressed") for one in examples.all()] == ["true", "false", "false"]
    page.get_by_role("textbox").focus()
    for _ in range(3):
        page.keyboard.press("Tab")  # draw, new noise, the first example
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("textbox").input_value() == EXAMPLES[1]
    assert torch.allclose(drawn(page), expected(made, EXAMPLES[1]), atol=2 / 255)
    before = drawn(page)
    page.get_by_role("button", name="new noise").click()
    after = drawn(page)
    assert (after - before).abs().mean() > 0.01
    assert page.get_by_role("textbox").input_value() == EXAMPLES[1]
    page.get_by_role("button", name="draw").click()  # the new noise stays
    assert torch.equal(drawn(page), after)


def test_noise_from_the_browser_is_normal(page, made):
    code = str(made[0]._esm) + "\nexport { chance };"
    page.set_content("<!doctype html><title>chance</title>")
    values = page.evaluate(
        """async (code) => {
          const own = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
          return Array.from({ length: 20000 }, own.chance);
        }""",
        code,
    )
    values = torch.tensor(values)
    assert abs(values.mean()) < 0.04
    assert abs(values.std() - 1) < 0.04
    assert abs((values.abs() < 1).float().mean() - 0.683) < 0.02


def test_a_screen_reader_meets_names_in_both_languages(page, made):
    open_explorer(page, made[0])
    assert page.get_by_role("group", name="Write a caption, get a picture · Caption लिखिए, चित्र पाइए").count() == 1
    assert "caption, हिन्दी या English में" in page.get_by_role("textbox").aria_snapshot()
    assert page.locator("[aria-live=polite]").count() == 1
    assert page.locator("#el input[data-lm-suppress-shortcuts]").count() == 1


@pytest.mark.parametrize(("code", "there", "other"), [("hi", "बनाइए", "draw"), ("en", "draw", "बनाइए")])
def test_one_language_alone(page, made, code, there, other):
    language.use(code)
    try:
        widget = CaptionToImage(*made[1:], ["three"])
    finally:
        language.use("both")
    open_explorer(page, widget)
    said = page.locator("#el").inner_text()
    assert there in said
    assert other not in said
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0
