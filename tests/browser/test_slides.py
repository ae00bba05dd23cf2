"""Every slide of every deck fits, in both languages, and a deck can be taught from: keys, explorers, answers, notes."""

import re

import nbformat
import pages
import pytest
import slides
from lab import WRITTEN

WIDTH, HEIGHT = 1280, 720
DEVANAGARI = re.compile("[\u0900-\u097f]")
DECKS = [(lesson, language) for lesson in pages.lessons() for language in pages.LANGUAGES]
# Where the ink of a slide ends, not what the page believes of itself: lines of text, figures, formulas, controls.
# And what a reader in the last row would miss: words below 20 px, code below 14, figures under half their size.
FAULTS = """() => {
    const slide = Reveal.getCurrentSlide(), found = [];
    const outside = ({left, right, top, bottom}) => left < 0 || top < 0 || right > 1280 || bottom > 720;
    const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        const range = document.createRange(), parent = node.parentElement;
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter((box) => box.width && box.height);
        if (!node.data.trim() || !boxes.length || !parent.checkVisibility()) continue;
        if (parent.closest(".course-heard")) continue; // for ears only
        const size = parseFloat(getComputedStyle(parent).fontSize) * (parent.currentCSSZoom ?? 1);
        const least = parent.closest("pre, code") ? 14 : parent.closest("math, .explorer, th, td") ? 12 : 20;
        if (boxes.some(outside)) found.push("cut: " + node.data.slice(0, 60));
        if (size < least) found.push(`${size} px: ` + node.data.slice(0, 60));
    }
    for (const box of slide.querySelectorAll("img, canvas, input, button, table"))
        if (box.offsetWidth && outside(box.getBoundingClientRect())) found.push("cut: " + box.outerHTML.slice(0, 60));
    for (const box of slide.querySelectorAll(".prose, .output, .code, .code pre, .explorer"))
        if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 6)
            found.push(`scrolls ${box.scrollWidth} × ${box.scrollHeight}: ` + box.textContent.trim().slice(0, 60));
    for (const figure of slide.querySelectorAll("img"))
        if (figure.clientHeight < figure.naturalHeight / 2) found.push("small figure: " + figure.alt);
    return found;
}"""
# All slides in one call, answers opened one after the other: to lay a slide out takes a fraction of painting it.
ON_ALL_SLIDES = (
    "async () => { const faults = "
    + FAULTS
    + """, found = [];
    for (let number = 1; number <= Reveal.getTotalSlides(); number++) {
        Reveal.slide(number - 1, 0, 99);
        const slide = Reveal.getCurrentSlide();
        if (slide.querySelector(".explorer")) await new Promise(requestAnimationFrame); // it may draw itself anew
        found.push(...faults().map((fault) => `slide ${number}: ${fault}`));
        for (const answer of slide.querySelectorAll("details")) {
            for (let one = answer; one.matches("details"); one = one.parentElement) one.open = true;
            found.push(...faults().map((fault) => `slide ${number}, opened: ${fault}`));
        }
    }
    return found;
}"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All decks, opened as from a USB stick."""
    folder = tmp_path_factory.mktemp("slides")
    slides.main(folder)
    return folder


def open_deck(page, folder, lesson, language):
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto((folder / f"{lesson}.{language}.html").as_uri())
    page.wait_for_function("() => window.Reveal?.isReady()")


def go_to(page, selector):
    """The first slide that holds such an element, all its parts shown."""
    page.evaluate(
        """selector => {
            const slide = [...document.querySelectorAll("section")].findIndex((one) => one.querySelector(selector));
            Reveal.slide(slide, 0, 99);
        }""",
        selector,
    )


@pytest.mark.parametrize(("lesson", "language"), DECKS)
def test_a_deck_speaks_one_language_and_every_slide_fits(page, folder, lesson, language):
    """In one test, for a deck takes long to open."""
    open_deck(page, folder, lesson, language)
    of_one_language_with_its_explorers(page, lesson, language)
    count = page.evaluate("Reveal.getTotalSlides()")
    assert 10 <= count <= 15 if "applications" in lesson else 15 <= count <= 25
    assert page.evaluate(ON_ALL_SLIDES) == []


def of_one_language_with_its_explorers(page, lesson, language):
    assert page.locator("html").get_attribute("lang") == language
    words = page.locator("h1, h2, .prose, th, .course-slider").all_text_contents()
    hindi = [text for text in words if DEVANAGARI.search(text)]
    if language == "en":
        assert hindi == []
    else:
        assert len(hindi) > len(words) / 2
    stored = nbformat.read(pages.NOTEBOOKS / f"{lesson}.ipynb", as_version=4)
    on_slides = [
        cell
        for cell in stored.cells
        if cell.cell_type == "code"
        and cell.metadata.get("slideshow", {}).get("slide_type") != "skip"
        and any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell.outputs)
    ]
    assert page.locator(".course-explorer").count() == len(on_slides)
    assert on_slides or lesson in WRITTEN or lesson.endswith("_applications")  # which need none


def test_keys_turn_pages_and_move_explorers(page, folder):
    open_deck(page, folder, "02_autoencoder", "hi")
    here = "Reveal.getIndices().h"
    for key, slide in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        assert page.evaluate(here) == slide

    go_to(page, ".course-explorer:not(.course-workshop)")
    slide = page.evaluate(here)
    picture = "document.querySelector('section.present canvas').toDataURL()"
    before = page.evaluate(picture)
    page.locator("section.present input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(picture) != before
    assert page.evaluate(here) == slide

    go_to(page, ".quiz")
    slide = page.evaluate(here)
    page.locator("section.present summary").first.focus()
    page.keyboard.press("Space")
    assert page.locator("section.present .quiz > details[open]").count() == 1
    assert page.evaluate(here) == slide
    page.keyboard.press("ArrowRight")
    assert page.evaluate(here) == slide + 1


def test_the_teacher_sees_the_notes(page, folder):
    open_deck(page, folder, "02_autoencoder", "en")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("Write x on the left of the board").wait_for()
    assert notes.locator("math").count() >= 3  # formulas, not dollar signs
    assert "$" not in notes.inner_text()
    assert not page.get_by_text("Write x on the left of the board").is_visible()


def test_what_a_lesson_folds_until_a_guess_is_made_stands_open(folder):
    lessons = {lesson: (pages.NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8") for lesson in pages.lessons()}
    assert any('<details class=\\"guess\\">' in notebook for notebook in lessons.values())
    for lesson, language in DECKS:
        assert 'class="guess"' not in (folder / f"{lesson}.{language}.html").read_text(encoding="utf-8")
