"""The website, built from the committed notebooks: two languages, search, live explorers, any screen, no network."""

import functools
import gzip
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urljoin, urlsplit

import fontpkg_noto_sans_devanagari
import gates
import matplotlib
import nbformat
import nbformat.v4 as v4
import one_language
import pages
import pydata_sphinx_theme
import pytest
import slides
import sphinx
import sphinx_book_theme
from axe_playwright_python.sync_playwright import Axe
from lab import DURATIONS, PICTURES, WRITTEN, has_slider, press_buttons, telling_slider
from playwright.sync_api import expect
from workshop import slow_phone

from conftest import CHROMIUM_FLAGS, ROOT


def notebook(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def outputs(name, kind):
    """How many outputs of this kind a notebook holds."""
    return sum(kind in output.get("data", {}) for cell in notebook(name).cells for output in cell.get("outputs", []))


LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXPLORERS = {name: views for name in LESSONS if (views := outputs(name, "application/vnd.jupyter.widget-view+json"))}
PLAYERS = {name: sound for name in LESSONS if (sound := str(notebook(name)).count("<audio "))}
DOCS = (
    "glossary",
    "instructors",
    "measuring",
    "serving",
    "syllabus",
    "train_autoencoder",
    "train_gan",
    "train_vae",
    "where",
)
PAGES = ["index", *(f"docs/{name}" for name in DOCS), *(f"notebooks/{name}" for name in LESSONS)]
DECKS = [f"slides/{name}.{language}.html" for name in pages.lessons() for language in pages.LANGUAGES]
HANDOUTS = ["handouts/02_autoencoder.hi.pdf", "handouts/02_autoencoder.en.pdf"]
WIDTHS = [1280, 390]
MAX_MEGABYTES = 1.5
NAME = "Generative models, हिन्दी और English में"
CHOICE = ".course-language select"


PHONE = {"width": 390, "height": 844}
TEXTS = {".html", ".css", ".js", ".svg"}
# The aim is 2 seconds: 1.3 on one of the two machines it was measured on, 2.1 on the slower one.
FIRST_VIEW_BYTES, USABLE_SECONDS = 300_000, 2.5
# Lighthouse's slow 4G, and a processor a quarter as fast as this one.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER = 4
DIGIT = ".course-hero canvas"


class Pages(http.server.SimpleHTTPRequestHandler):
    """Text comes compressed, as from GitHub Pages."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in TEXTS or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path.name))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


def served(folder, handler=Pages):
    """A server of the folder, at work until it is stopped."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def locale():
    """A language that the site does not speak, so that it shows both of its own."""
    return "ta-IN"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built where slides and handouts were made: .folder, .url(page), and .file(page) as from a USB stick."""
    folder = tmp_path_factory.mktemp("site")
    slides.main(folder / "slides")
    (folder / "handouts").mkdir()
    for path in HANDOUTS:
        (folder / path).write_bytes(b"%PDF-1.7")
    os.utime(folder / HANDOUTS[1], (0, 0))  # printed before the lesson was changed
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-c", "docs/ext"]
    built = subprocess.run(
        [*command, "-d", folder / "work", ".", folder / "site"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (built.returncode, built.stderr) == (0, "")
    with served(folder / "site") as server:
        yield SimpleNamespace(
            folder=folder / "site",
            url=lambda page: f"http://127.0.0.1:{server.server_port}/{page}",
            file=lambda page: (folder / "site").as_uri() + f"/{page}",
        )
        server.shutdown()


def visit(page, address, width=1280):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)


def shown(page, language):
    """How many elements of one language are in the layout."""
    return page.locator(f".lang-{language}:visible").count()


def explorers(page):
    """The explorers of a page, all of them drawn."""
    places = page.locator(".course-widget")
    page.wait_for_function(
        "[...document.querySelectorAll('.course-widget')].every((place) => place.querySelector('.course-explorer'))"
    )
    return places


def move_every_explorer(page):
    for explorer in explorers(page).all():
        if not has_slider(explorer):
            press_buttons(explorer)
            continue
        slider = telling_slider(explorer)
        slider.focus()
        before = slider.evaluate(PICTURES)
        slider.press("ArrowRight")
        page.wait_for_function(
            f"([slider, before]) => ({PICTURES})(slider) !== before", arg=[slider.element_handle(), before]
        )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_switch_shows_one_language_and_remembers_it(page, site, width):
    visit(page, site.url("notebooks/02_autoencoder.html"), width)
    assert shown(page, "hi") > 10
    assert shown(page, "en") > 10

    page.locator(CHOICE).select_option("hi")
    assert shown(page, "en") == 0
    assert page.locator("html").get_attribute("lang") == "hi"
    assert page.get_by_role("heading", level=1).inner_text().strip("#") == "02 · Autoencoder क्या है?"
    page.goto(site.url("docs/glossary.html"))
    assert shown(page, "en") == 0
    assert page.locator(CHOICE).input_value() == "hi"

    page.goto(site.url("notebooks/02_autoencoder.html?lang=en"))
    assert shown(page, "hi") == 0
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).inner_text().strip("#") == "02 · What is an autoencoder?"
    page.reload()
    assert page.locator(CHOICE).input_value() == "en"

    page.locator(CHOICE).select_option("both")
    assert min(shown(page, "hi"), shown(page, "en")) > 10


def test_the_switch_keeps_the_place(page, site):
    visit(page, site.url("notebooks/05_vae.html"))
    heading = page.locator("h2").nth(9)
    heading.evaluate("heading => heading.scrollIntoView()")
    before = heading.bounding_box()["y"]
    page.locator(CHOICE).select_option("en")
    assert abs(heading.bounding_box()["y"] - before) < 40


def test_each_language_is_marked_for_the_screen_reader(page, site):
    visit(page, site.url("notebooks/01_encoder_decoder.html"))
    unmarked = page.evaluate(
        """() => {
          const found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const { textContent: text, parentElement: parent } = walker.currentNode;
            const hindi = /[\\u0904-\\u0939]/.test(text);
            if (hindi && !parent.closest("script, noscript, style, pre, code, [lang=hi], option")) found.push(text);
          }
          return found;
        }"""
    )
    assert [text for text in map(str.strip, unmarked) if text not in ("अ/A", NAME)] == []


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_screen(page, site, width):
    """Of a lesson the next test tells."""
    for name in [*PAGES[: -len(LESSONS)], "search"]:
        visit(page, site.url(f"{name}.html"), width)
        explorers(page)
        assert width_of(page) <= width, name


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_lesson_fits_is_light_and_lives_without_a_kernel(page, site, name, width):
    """In one test, for a lesson takes long to open."""
    fetched = {}  # for this lesson alone; _static/ is shared and fetched once for all
    page.on(
        "response",
        lambda response: "/_static/" in response.url or fetched.update({response.url: len(response.body())}),
    )
    visit(page, site.url(f"notebooks/{name}.html"), width)
    assert explorers(page).count() == EXPLORERS.get(name, 0)
    assert width_of(page) <= width
    images = page.locator("article img").all()
    alternatives = [image.get_attribute("alt") for image in images]
    assert all(alt and len(alt) > 20 and "/" not in alt[:8] for alt in alternatives)
    for image in images:
        image.scroll_into_view_if_needed()
    assert sum(address.endswith(".png") for address in fetched) == outputs(name, "image/png") > 0
    assert sum(fetched.values()) < MAX_MEGABYTES * 1e6
    move_every_explorer(page)


def test_every_lesson_has_an_explorer():
    assert set(EXPLORERS) >= {name for name in pages.lessons() if "applications" not in name} - WRITTEN


@pytest.mark.parametrize("name", PLAYERS)
def test_sounds_play_without_a_kernel(page, site, name):
    visit(page, site.url(f"notebooks/{name}.html"), 390)
    said = re.findall(r"(\d+\.\d) s\)", "".join(page.locator(".sounds").all_inner_texts()))
    assert page.evaluate(DURATIONS) == pytest.approx(list(map(float, said)), abs=0.06)
    assert len(said) == PLAYERS[name]
    page.locator("audio").first.evaluate("(player) => player.play()")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")


def test_the_game_plays_and_pauses(page, site):
    visit(page, site.file("notebooks/06_gan.html?lang=en"), 390)
    game = explorers(page).first
    game.get_by_role("button", name="play").click()
    page.wait_for_function("slider => slider.value >= 3", arg=game.get_by_role("slider").element_handle())
    game.get_by_role("button", name="pause").click()
    game.get_by_role("button", name="play").wait_for()


@pytest.mark.parametrize(
    ("name", "language", "scheme"),
    [
        ("index", "both", "light"),
        ("index", "hi", "dark"),
        ("index", "en", "dark"),
        ("docs/instructors", "hi", "dark"),
        ("docs/train_autoencoder", "hi", "dark"),
        ("docs/train_vae", "both", "light"),
        ("docs/train_gan", "en", "dark"),
        ("notebooks/06_gan", "hi", "dark"),
        ("notebooks/01_encoder_decoder", "en", "light"),
        ("search", "both", "light"),
        ("search", "both", "dark"),
    ],
)
def test_no_serious_fault_of_accessibility(page, site, name, language, scheme):
    page.emulate_media(color_scheme=scheme)
    visit(page, site.url(f"{name}.html?q=autoencoder&lang={language}"), 390)
    explorers(page)
    # Some listings stand for all of them; without preload=False axe asks for style sheets at addresses of its own.
    found = Axe().run(page, {"exclude": [["section ~ section ~ section .highlight"]]}, {"preload": False})
    serious = [
        (fault["id"], fault["help"], [node["html"][:200] for node in fault["nodes"][:3]])
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def results(page, site, query, at="url"):
    """Where the search leads for a query, best first."""
    visit(page, getattr(site, at)(f"search.html?q={query}"))
    page.locator(".search-summary:not(:empty)").wait_for()
    links = page.locator("#search-results li > a").all()
    return [link.get_attribute("href").split("?")[0] for link in links]


@pytest.mark.parametrize("query", ["अव्यक्त समष्टि", "avyakt samashti", "latent space"])
def test_search_leads_to_the_term_itself(page, site, query):
    assert results(page, site, query)[0] == "docs/glossary.html#latent-space"
    first = page.locator("#search-results li").first
    first.get_by_text("The space in which all codes lie").wait_for()  # the excerpt


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("अव्यक्त", "अव्यक्त"),
        ("विकूटक", "विकूटक"),
        ("मसालदानी", "मसालदानी"),
        ("नक्शे", "नक़्शे"),  # typed without the dot
        ("\u095aलत", "ग़लत"),  # typed as one character
        ("spice", "spice"),
    ],
)
def test_search_finds_every_lesson_with_the_word(page, site, query, written):
    found = results(page, site, query)
    using = [name for name in LESSONS if any(written in cell.source for cell in notebook(name).cells)]
    assert using
    assert {f"notebooks/{name}.html" for name in using} <= set(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("हिन्दी", "हिंदी"),
        ("अंक", "अङ्क"),
        ("पंक्ति", "पङ्क्ति"),
        ("बिंदु", "बिन्दु"),
        ("संभावना", "सम्भावना"),
        ("लंबी", "लम्बी"),
        ("पाँच", "पांच"),
    ],
)
def test_search_finds_the_same_pages_for_two_spellings_of_a_word(page, site, one, other):
    found = results(page, site, one)
    assert found
    assert set(results(page, site, other)) == set(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("अव्यक्त समष्टि।", ["अव्यक्त", "समष्टि"]),
        ("नक़्शे, सँकरा ज\u200dग", ["नक्शे", "संकरा", "जग"]),
        ("\u095bरा॥ z_1 = μ + σε, १२", ["जरा", "z_1", "μ", "σε", "१२"]),
        ("हिन्दी पङ्क्ति पञ्चम अण्डा लम्बी न्\u200dद", ["हिंदी", "पंक्ति", "पंचम", "अंडा", "लंबी", "ंद"]),
        ("उन्होंने सन्नाटा सम्मान जन्म वाङ्मय कन्या", ["उन्होंने", "सन्नाटा", "सम्मान", "जन्म", "वाङ्मय", "कन्या"]),
    ],
)
def test_words_are_cut_the_same_way_in_the_index_and_in_the_browser(page, site, monkeypatch, text, words):
    monkeypatch.syspath_prepend(ROOT / "docs" / "ext")
    from twins import Search

    assert Search({}).split(text) == words
    visit(page, site.url("search.html"))
    assert page.evaluate("text => splitQuery(text)", text) == words


def test_quiz_answers_open_one_at_a_time_with_a_reason(page, site):
    visit(page, site.url("notebooks/02_autoencoder.html?lang=hi"), 390)
    answers = page.locator("details[name$='-1']")
    assert answers.count() >= 3
    for answer in answers.all():
        answer.locator("summary").click()
        assert answer.locator(".lang-hi:visible").last.inner_text()[0] in "✅❌"
    assert page.locator("details[name$='-1'][open]").count() == 1


def test_notes_for_the_teacher_are_folded(page, site):
    visit(page, site.url("notebooks/02_autoencoder.html"))
    notes = page.locator("details", has_text="शिक्षक के लिए").first
    assert not notes.evaluate("notes => notes.open")


def test_from_a_usb_stick(page, site):
    """file:// has no server, and no page may read another one."""
    visit(page, site.file("notebooks/05_vae.html?lang=hi"), 390)
    move_every_explorer(page)
    assert results(page, site, "avyakt samashti", at="file")[0] == "docs/glossary.html#latent-space"
    assert page.locator("#search-results li > a").first.is_visible()


def test_text_and_formulas_need_no_script(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, site.url("notebooks/05_vae.html"))
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.locator("math").first.is_visible()
    assert page.get_by_text("The second cook goes by feel").is_visible()
    assert "The explorer needs JavaScript." in page.locator(".course-widget").first.inner_text()
    context.close()


def test_an_explorer_asks_for_no_more_than_the_rooms_do(page, site):
    """Safari 15 knows no style sheets without an element, and no copies of lists that are sorted."""
    page.add_init_script("delete window.CSSStyleSheet; delete Array.prototype.toSorted; delete window.structuredClone")
    for name in ("index", "docs/train_gan", "notebooks/05_vae"):
        visit(page, site.url(f"{name}.html"), 390)
        assert explorers(page).count()


def test_a_browser_too_old_for_an_explorer_says_so(browser, site):
    context = browser.new_context(locale="en-IN")
    context.add_init_script("URL.createObjectURL = undefined")
    page = context.new_page()
    visit(page, site.url("docs/train_gan.html"), 390)
    page.get_by_text("This browser could not run the explorer").wait_for()
    context.close()


def test_every_picture_of_the_landing_page_says_what_it_shows(page, site):
    visit(page, site.url("index.html"))
    alternatives = [image.get_attribute("alt") for image in page.locator("article img").all()]
    assert alternatives
    assert all(alt and len(alt) > 20 and "/" not in alt[:8] for alt in alternatives)


class Addresses(HTMLParser):
    """Where the links, pictures, scripts and style sheets of a page lead, and which places of it have a name."""

    def __init__(self, page):
        super().__init__()
        self.leads, self.names = [], {"", "top"}
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.leads += [value for name, value in attributes if name in ("href", "src")]
        self.names |= {value for name, value in attributes if name == "id"}


def test_every_link_within_the_site_leads_somewhere(site):
    whole = [site.folder / path for path in (*(f"{name}.html" for name in [*PAGES, "search"]), *DECKS)]
    found = {page: Addresses(page) for page in whole}
    assert set(whole) == {page for page in site.folder.rglob("*.html") if "_static" not in page.parts}
    for page, addresses in found.items():
        for address in map(urlsplit, addresses.leads):
            if address.scheme in ("http", "https", "data"):
                continue
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            assert target.is_relative_to(site.folder), f"{page.name}: {address.geturl()}"
            assert target.is_file(), f"{page.name}: {address.geturl()}"
            if target in found:
                assert unquote(address.fragment) in found[target].names, f"{page.name}: {address.geturl()}"


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_offers_its_notebooks_and_what_was_made_of_it_since(site, name):
    expected = []
    for language in pages.LANGUAGES:
        path = f"downloads/{language}/{name}.ipynb"
        offered = nbformat.read(site.folder / path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(offered)
        assert offered == one_language.one(notebook(name), language)
        made = [made for made in [*DECKS, HANDOUTS[0]] if f"/{name}.{language}." in made]
        expected += [f"../{file}" for file in (path, *made)]
    leads = Addresses(site.folder / "notebooks" / f"{name}.html").leads
    assert [one for one in leads if one.startswith(("../downloads/", "../slides/", "../handouts/"))] == expected


def test_a_notebook_is_downloaded_in_the_language_that_shows(page, site):
    visit(page, site.url("notebooks/02_autoencoder.html?lang=en"), 390)
    with page.expect_download() as started:
        page.get_by_role("link", name="notebook (.ipynb)").click()
    offered = site.folder / "downloads" / "en" / "02_autoencoder.ipynb"
    assert started.value.path().read_bytes() == offered.read_bytes()


def test_a_deck_opens_from_its_lesson(page, site):
    visit(page, site.file("notebooks/02_autoencoder.html?lang=hi"))
    page.get_by_role("link", name="slides", exact=True).click()
    page.wait_for_function("() => window.Reveal?.isReady()")
    assert page.locator("html").get_attribute("lang") == "hi"


def test_every_page_has_a_policy_before_anything_it_could_forbid(site):
    made = {path.relative_to(site.folder).as_posix(): path for path in site.folder.rglob("*.html")}
    own = {name: path for name, path in made.items() if not name.startswith("_static/")}
    assert set(own) >= {*DECKS, *(f"{name}.html" for name in [*PAGES, "search"])}
    for name, path in own.items():
        head = path.read_text(encoding="utf-8").partition("<head>")[2]
        assert head.lstrip().startswith('<meta http-equiv="Content-Security-Policy"'), name


# Chromium logs every violation as an error, and the fixture `page` fails on those: each test of a page is one of this.
@pytest.mark.parametrize(
    "name", ["index.html", "search.html", "notebooks/06_gan.html", "slides/02_autoencoder.hi.html"]
)
@pytest.mark.parametrize("at", ["url", "file"])
def test_the_policy_stops_a_foreign_script(browser, site, name, at):
    context = browser.new_context()
    page = context.new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    visit(page, getattr(site, at)(name))
    assert errors == []
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.intruder = 1'}))"
    )
    assert page.evaluate("window.intruder") is None
    assert "Content Security Policy" in errors[0]
    context.close()


@pytest.mark.parametrize(("locale", "language"), [("hi-IN", "hi"), ("en-IN", "en"), ("ta-IN", "both")])
def test_a_first_visit_is_in_the_language_of_the_browser(page, site, language):
    said = page.locator("html")
    for name in ("index", "notebooks/02_autoencoder", "search"):
        visit(page, site.url(f"{name}.html"), 390)
        assert said.get_attribute("data-lang") == language
        assert page.locator(CHOICE).input_value() == language
    other = "en" if language == "hi" else "hi"
    page.goto(site.url(f"index.html?lang={other}"))
    assert said.get_attribute("data-lang") == other
    page.goto(site.url("notebooks/02_autoencoder.html"))  # what was chosen once stays
    assert said.get_attribute("data-lang") == other


def test_the_first_of_our_languages_that_the_browser_names_is_spoken(page, site):
    page.add_init_script("Object.defineProperty(navigator, 'languages', {get: () => ['mr-IN', 'hil', 'hi', 'en-US']})")
    visit(page, site.url("index.html"))
    assert page.locator("html").get_attribute("data-lang") == "hi"


@pytest.mark.parametrize(("language", "other"), [("hi", "en"), ("en", "hi")])
def test_the_page_offers_the_other_language_in_its_own_words(page, site, language, other):
    visit(page, site.url(f"index.html?lang={language}"), 390)
    page.locator(f".course-start a[lang={other}]").click()
    page.wait_for_url(f"**/index.html?lang={other}")
    assert page.locator("html").get_attribute("data-lang") == other


def code(page):
    return [float(number) for number in page.locator(DIGIT).get_attribute("data-code").split()]


def touch(session, kind, *at):
    points = [{"x": at[0], "y": at[1]}] if at else []
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.mark.parametrize("at", ["url", "file"])
@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_page_opens_with_a_digit_that_follows(page, site, at, language):
    page.set_viewport_size(PHONE)
    page.emulate_media(reduced_motion="reduce")  # it stands still until someone moves it
    page.goto(getattr(site, at)(f"index.html?lang={language}"))
    page.locator(f"{DIGIT}[data-code]").wait_for()
    invitation = page.locator(".course-hero strong:visible")
    line, box = invitation.bounding_box(), page.locator(DIGIT).bounding_box()
    assert line["height"] < 2 * invitation.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
    assert line["y"] + line["height"] <= box["y"]
    assert box["y"] + box["height"] < PHONE["height"]

    def place(across, down):
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    seen = [page.locator(DIGIT).evaluate("canvas => canvas.toDataURL()")]

    def moved():
        seen.append(page.locator(DIGIT).evaluate("canvas => canvas.toDataURL()"))
        return seen[-1] != seen[-2]

    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    touch(finger, "touchStart", *place(0.25, 0.25))
    assert code(page) == pytest.approx([-1.3, 1.3], abs=0.05)
    assert moved()
    touch(finger, "touchMove", *place(0.25, 0.9))
    page.wait_for_function(f"() => document.querySelector('{DIGIT}').dataset.code.split(' ')[1] < -2")
    touch(finger, "touchEnd")
    assert moved()
    assert page.evaluate("scrollY") == 0

    page.mouse.move(*place(0.5, 0.5))
    page.mouse.down()
    assert code(page) == pytest.approx([0, 0], abs=0.05)
    page.mouse.move(*place(0.8, 0.2))
    assert code(page) == pytest.approx([1.56, 1.56], abs=0.05)
    page.mouse.up()
    assert moved()

    page.locator(DIGIT).focus()
    page.keyboard.press("ArrowLeft")
    assert code(page) == pytest.approx([1.41, 1.56], abs=0.05)
    assert moved()


@pytest.mark.parametrize(
    ("language", "names", "here"),
    [
        ("hi", ["खींचिए", "तीर", "चुनिए"], "यहाँ: {}"),
        ("en", ["drag", "arrow keys", "choose"], "here: {}"),
    ],
)
def test_the_digit_says_what_it_is(page, site, language, names, here):
    page.emulate_media(reduced_motion="reduce")
    visit(page, site.url(f"index.html?lang={language}"), 390)
    digit = page.get_by_role("application")
    assert all(name in digit.get_attribute("aria-label") for name in names[:2])
    assert names[2] in page.get_by_role("group").last.get_attribute("aria-label")
    for number in (7, 0):
        page.get_by_role("button", name=str(number), exact=True).click()
        page.get_by_role("status").get_by_text(here.format(number), exact=True).wait_for()
        assert page.locator("[aria-pressed=true]").all_inner_texts() == [str(number)]


def test_the_digit_goes_a_short_way_by_itself(page, site):
    """Silently, and it comes to rest: what moves for longer than five seconds must have a button that stops it."""
    visit(page, site.url("index.html"), 390)
    page.locator(f"{DIGIT}[data-code]").wait_for()
    first = code(page)
    page.wait_for_function(
        "([x]) => +document.querySelector('.course-hero canvas').dataset.code.split(' ')[0] !== x", arg=first
    )
    assert page.locator(".course-hero").get_by_role("status").count() == 0
    page.wait_for_function(
        f"""() => {{
          const [now, at] = [document.querySelector("{DIGIT}").dataset.code, performance.now()];
          if (now !== window.seen) [window.seen, window.since] = [now, at];
          return at - window.since > 600;
        }}"""
    )
    assert code(page) != first


def test_the_first_view_without_script_and_on_paper(browser, page, site):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    bare = context.new_page()
    bare.goto(site.url("index.html"))
    instead = bare.locator(".course-widget img")
    assert instead.bounding_box()["y"] + instead.bounding_box()["height"] < PHONE["height"] + 200  # both languages show
    assert instead.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
    assert bare.locator("[data-lesson] a:visible").count() == len(LESSONS)
    context.close()

    visit(page, site.url("index.html"))
    page.locator(f"{DIGIT}[data-code]").wait_for()
    page.emulate_media(media="print")
    assert page.locator(DIGIT).is_visible()


@pytest.mark.parametrize("language", ["hi", "en"])
def test_every_lesson_has_a_card_with_its_own_minutes(page, site, language):
    visit(page, site.url(f"index.html?lang={language}"), 390)
    asked = {"hi": r"(?:पढ़ने में लगभग|सब मिलाकर क़रीब) (\S+ मिनट)", "en": r"about (\S+ minutes)"}[language]
    cards = page.locator("[data-lesson]")
    assert cards.count() == len(LESSONS)
    for name, card in zip(LESSONS, cards.all(), strict=True):
        title, *rest = [line for line in card.inner_text().split("\n") if line]
        hindi, english = notebook(name).cells[0].source.split("\n")[0].removeprefix("# ").rsplit(" · ", 1)
        assert title in (hindi, f"{hindi[: hindi.index(' · ')]} · {english}")
        cells = [cell.source for cell in notebook(name).cells if f"lang-{language}" in cell.metadata.get("tags", [])]
        assert rest == [re.search(asked, "\n".join(cells))[1]]


def test_a_card_says_how_far_the_reader_has_come(page, site):
    state = page.locator("[data-lesson='06c_applications'] [data-state]:visible")
    forget = page.get_by_role("button", name="Clear my progress")
    home = site.url("index.html?lang=en")
    visit(page, home, 390)
    assert state.count() == forget.count() == 0
    visit(page, site.url("notebooks/06c_applications.html"), 390)
    page.go_back()
    assert state.all_inner_texts() == ["begun"]
    page.go_forward()
    page.locator(".prev-next-footer").scroll_into_view_if_needed()
    page.wait_for_function("() => localStorage.getItem('course-lib-progress').includes('read')")
    visit(page, site.url("notebooks/06c_applications.html"), 390)  # opened again it stays read
    visit(page, home, 390)
    assert [text.strip() for text in state.all_inner_texts()] == ["read"]
    forget.click()
    assert state.count() == forget.count() == 0
    page.reload()
    assert state.count() == 0


def test_pictures_are_sharp_on_a_phone(browser, site):
    """A phone shows two to three dots for each pixel of the page."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=3)
    page = context.new_page()
    page.goto(site.url("index.html"))
    pictures = page.locator("article img")
    assert pictures.count() > len(LESSONS)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        natural, shown = picture.evaluate("image => image.decode().then(() => [image.naturalWidth, image.clientWidth])")
        assert natural >= 3 * shown > 200, picture.get_attribute("src")
        hindi, english = picture.get_attribute("alt").split(" · ")
        assert re.search("[\u0900-\u097f]", hindi)
        assert english.isascii()
    context.close()


# When the digit is drawn: it follows a finger from then on.
ALIVE = f"""new MutationObserver((_, watch) => {{
    if (!document.querySelector("{DIGIT}[data-code]")) return;
    window.alive = performance.now() / 1000;
    watch.disconnect();
}}).observe(document, {{ subtree: true, childList: true, attributeFilter: ["data-code"] }})"""


def first_view(browser, url):
    """Seconds until the digit follows a finger, and bytes until nothing more comes, on a slow phone."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True, locale="hi-IN")
    page, sizes = context.new_page(), []
    page.add_init_script(ALIVE)
    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.alive", timeout=60_000)
    box = page.locator(DIGIT).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    assert code(page) == pytest.approx([-1.3, 1.3], abs=0.05)
    page.wait_for_load_state("networkidle")
    seconds = page.evaluate("window.alive")
    context.close()
    return seconds, sum(sizes)


def test_the_first_view_is_light_and_soon_alive_on_a_slow_phone(browser, site):
    load = os.getloadavg()[0]
    # The best of five: what else runs on this machine must not count.
    tries = [first_view(browser, site.url("index.html")) for _ in range(5)]
    assert max(size for _, size in tries) <= FIRST_VIEW_BYTES
    if "PYTEST_XDIST_WORKER" in os.environ or load > os.cpu_count():
        pytest.skip("other work runs beside: how fast a page is, this test tells when run alone (pytest -n0)")
    assert min(seconds for seconds, _ in tries) <= USABLE_SECONDS


# Of a whole style sheet, the rules that fit something on the page and are not among those it was served.
MISSED = """css => {
    const whole = new CSSStyleSheet();
    whole.replaceSync(css);
    const selectors = (rules) => [...rules].flatMap((rule) => rule.selectorText
        ? rule.selectorText.split(/,(?![^(]*\\))/).map((one) => one.trim())
        : selectors(rule.cssRules ?? []));
    const served = new Set([...document.styleSheets].flatMap((sheet) => selectors(sheet.cssRules)));
    const fits = (selector) => {
        try {
            return document.querySelector(selector.replace(/::?[a-z-]+(\\([^)]*\\))?/g, "") || "*");
        } catch {} // nothing is left but a combinator
    };
    return selectors(whole.cssRules).filter((one) => !served.has(one) && !one.includes(":has(") && fits(one));
}"""


def test_no_style_is_left_out_that_a_page_asks_for(page, site):
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static" / "styles"
    whole = (theme / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    for name in ("index", "docs/glossary", "notebooks/03_denoising", "search"):
        visit(page, site.url(f"{name}.html?q=vae"))
        page.locator("[data-bs-toggle=dropdown]").first.click()  # a menu that opens gets other classes
        assert page.evaluate(MISSED, whole) == [], name
    assert (site.folder / "_static" / "styles" / "pydata-sphinx-theme.css").stat().st_size < len(whole) / 3


ROOMS = {  # a condition on the numbers beside the player that untrained weights do not meet
    "autoencoder": "told[2] < told[3]",  # PCA's error with as many numbers
    "vae": "told[2] + told[3] < 215",
    "gan": "told[1] >= 60 && told[2] >= 30",
}
TOLD = "[...document.querySelectorAll('.course-status .course-value')].map((one) => Number.parseFloat(one.textContent))"


def train(page, room, seconds=120):
    """Until the bar of that room is reached; before, it is not."""
    page.wait_for_function(f"() => ({TOLD})[0] === 0")
    assert not page.evaluate(f"() => {{ const told = {TOLD}; return {ROOMS[room]}; }}")
    page.get_by_role("button", name="train", exact=True).click()
    page.wait_for_function(f"() => {{ const told = {TOLD}; return {ROOMS[room]}; }}", timeout=1000 * seconds)
    page.get_by_role("button", name="pause", exact=True).click()


@pytest.mark.parametrize("at", ["url", "file"])
@pytest.mark.parametrize("room", ROOMS)
def test_one_trains_on_a_slow_phone_without_a_network(page, site, room, at):
    slow_phone(page)
    page.goto(getattr(site, at)(f"docs/train_{room}.html?lang=en"))
    explorers(page)
    page.context.set_offline(True)
    train(page, room)
    assert width_of(page) <= PHONE["width"]
    assert page.locator(".course-tasks li").count() >= 3


def test_the_rooms_are_light(browser, site):
    """The first load of all three pages, digits included, whatever the browser keeps from one to the next."""
    sizes = []
    for room in ROOMS:
        context = browser.new_context(viewport=PHONE)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        session.send("Network.enable")
        page.goto(site.url(f"docs/train_{room}.html"), wait_until="networkidle")
        context.close()
    assert 100_000 < sum(sizes) <= 1_500_000


def test_a_link_leads_to_the_lesson_and_keeps_the_settings(page, site):
    visit(page, site.url("docs/train_autoencoder.html?lang=en"), 390)
    page.get_by_role("slider").first.press("ArrowRight")
    page.locator(".course-workshop summary").click()
    page.get_by_role("button", name="link to these settings").click()
    page.get_by_text("it is in the address bar").wait_for()
    assert "latent_dim=3" in page.url
    page.reload()
    slider = page.get_by_role("slider").first
    assert slider.get_attribute("aria-valuetext") == "12"
    page.evaluate("location.hash = 'room=autoencoder&latent_dim=0'")  # another link, where the room is open already
    expect(slider).to_have_attribute("aria-valuetext", "2")
    for room in ROOMS:
        visit(page, site.url(f"docs/train_{room}.html?lang=en"), 390)
        address = page.locator(".course-workshop a").get_attribute("href")
        page.goto(urljoin(page.url, address))
        section = page.locator(f"[id='{unquote(urlsplit(address).fragment)}']")
        assert "loop" in section.locator(":is(h2, h3)").first.inner_text()
        assert "backward()" in section.inner_text()


def test_the_landing_page_counts_the_tasks_done(page, site):
    page.add_init_script('localStorage.setItem(\'course-lib-tasks\', \'["gan_ring", "gan_own", "vae_elbo"]\')')
    visit(page, site.url("index.html?lang=en"), 390)
    done = [card.locator("p").get_attribute("data-done") for card in page.locator("[data-room]").all()]
    assert done == ["", "✓ 1/4", "✓ 2/4"]


def test_the_whole_site_is_kept_and_opens_without_a_server(browser, site):
    server = served(site.folder)
    home = f"http://127.0.0.1:{server.server_port}/"
    context = browser.new_context(viewport=PHONE, locale="en-IN")
    page = context.new_page()
    page.goto(f"{home}index.html")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())")
    assert all((site.folder / icon["src"]).exists() for icon in manifest["icons"])
    keep = page.get_by_role("button", name="Keep the whole course here")
    told = int(re.search(r"(\d+) MB", keep.inner_text())[1])
    assert page.evaluate("caches.keys()") == []  # nothing before the reader asks for it
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    page.evaluate("caches.open('course /').then((cache) => cache.put('gone.html', new Response('of long ago')))")
    keep.click()
    page.get_by_text("The whole course is kept in this browser").wait_for(timeout=120_000)
    kept = "caches.open('course /').then((cache) => cache.keys()).then((all) => all.map((one) => one.url))"
    names = {urlsplit(url).path for url in page.evaluate(kept)}
    size = sum((site.folder / name[1:]).stat().st_size for name in names if name != "/offline.json")
    assert told == pytest.approx(size / 1e6, abs=0.5)
    assert {f"/{name}.html" for name in PAGES} <= names
    assert not {name for name in names if "/." in name}  # which GitHub Pages does not serve
    server.shutdown()
    server.server_close()

    for name in ("index", "notebooks/02_autoencoder", "docs/train_gan"):
        page.goto(f"{home}{name}.html?lang=en")
        explorers(page)
    train(page, "gan")
    page.goto(f"{home}search.html?q=encoder")
    page.locator("#search-results li").first.wait_for()
    page.goto(home)
    page.get_by_text("The whole course is kept in this browser").wait_for()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("button", name="Keep the whole course here").wait_for()
    assert page.evaluate("caches.keys()") == []
    context.close()


class Changing(Pages):
    """A course of two pages that is to be kept, some of which are out of order for a while."""

    version, files, down = "1", ("index.html", "docs/where.html"), ()

    def do_GET(self):
        path = self.path.partition("?")[0][1:]
        if path in self.down:
            self.send_error(503)
        elif path == "offline.json":
            listed = {"version": self.version, "files": {name: 1 for name in self.files}}
            self.send_response(200)
            self.send_header("Content-Length", str(len(body := json.dumps(listed).encode())))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()


def test_what_is_kept_is_whole_or_what_it_was_before(browser, site, monkeypatch):
    server = served(site.folder, Changing)
    home = f"http://127.0.0.1:{server.server_port}/"
    context = browser.new_context(viewport=PHONE, locale="en-IN")
    page = context.new_page()
    keep = page.get_by_role("button", name="Keep the whole course here")
    drop = page.get_by_role("button", name="Remove it")
    kept = "caches.open('course /').then((cache) => cache.match('offline.json')).then((answer) => answer.json())"

    monkeypatch.setattr(Changing, "down", ("docs/where.html",))
    page.goto(f"{home}index.html")
    keep.click()
    page.get_by_text("The course could not be kept").wait_for()
    assert drop.is_hidden()
    assert page.evaluate("caches.keys()") == []  # nothing that only fills the phone
    monkeypatch.setattr(Changing, "down", ())
    keep.click()
    page.get_by_text("The whole course is kept in this browser").wait_for()

    # A newer one, half of which does not come: the worker must not hand out the older half for it.
    monkeypatch.setattr(Changing, "version", "2")
    monkeypatch.setattr(Changing, "down", ("docs/where.html",))
    page.goto(f"{home}index.html")
    page.get_by_text("The course has changed since you kept it").wait_for()
    keep.click()
    page.get_by_text("The course could not be kept").wait_for()
    assert page.evaluate(kept)["version"] == "1"
    assert drop.is_visible()
    page.goto(f"{home}docs/where.html")
    # Where the server fails, what is kept.
    assert "Where to run it" in page.get_by_role("heading", level=1).inner_text()
    context.close()
    server.shutdown()
    server.server_close()


FONTCONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{}<cachedir>{}</cachedir></fontconfig>"""


@pytest.mark.parametrize("has_hindi", [False, True])
def test_web_fonts_are_fetched_only_where_the_system_has_none(browser, chromium, site, tmp_path, has_hindi):
    folders = [Path(matplotlib.get_data_path()) / "fonts" / "ttf"]  # DejaVu, which has no Devanagari
    if has_hindi:
        folders.append(fontpkg_noto_sans_devanagari.ROOT / "files")
    config = tmp_path / "fonts.conf"
    text = FONTCONFIG.format("".join(f"<dir>{folder}</dir>" for folder in folders), tmp_path / "cache")
    config.write_text(text, encoding="utf-8")
    with browser.browser_type.launch(
        executable_path=chromium, args=CHROMIUM_FLAGS, env=os.environ | {"FONTCONFIG_FILE": str(config)}
    ) as other:
        page = other.new_page()
        fetched = set()
        page.on("request", lambda request: "/fonts/" in request.url and fetched.add(request.url.rsplit("/")[-1]))
        page.goto(site.url("notebooks/05_vae.html?lang=both"), wait_until="networkidle")
    assert fetched == ({"math.woff"} if has_hindi else {"math.woff", "devanagari.woff"})


# No browser is needed for the rest.


def twins(path):
    return re.findall(r"^:::\{(hi|en)\}\n(.+?)^:::$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", [ROOT / "index.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.stem)
def test_pages_keep_to_the_gates_of_lessons(path):
    cells = [v4.new_markdown_cell(text, metadata={"tags": [f"lang-{language}"]}) for language, text in twins(path)]
    headings = re.findall(r"^#+ .+$", path.read_text(encoding="utf-8"), re.MULTILINE)
    cells += [v4.new_markdown_cell(heading) for heading in headings]
    assert len(cells) > 2
    page = v4.new_notebook(cells=cells)
    for gate in (gates.has_twins, gates.twins_agree, gates.right_script, gates.headings_bilingual):
        assert gate(page) == []
    wrong = [word for entry in gates.glossary() for word in entry["wrong"] if word in path.read_text(encoding="utf-8")]
    assert wrong == []


def test_the_theme_still_says_what_we_put_into_hindi():
    theme = [Path(module.__file__).parent for module in (pydata_sphinx_theme, sphinx_book_theme, sphinx)]
    said = "\n".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for folder in theme
        for pattern in ("*.html", "*.js", "writers/html5.py", "builders/html/__init__.py")
        for path in folder.rglob(pattern)
    )
    words = tomllib.loads((ROOT / "docs" / "ext" / "words.toml").read_text(encoding="utf-8"))
    assert [word for word in words if word not in said] == []
