"""The website: `make site` renders the committed notebooks and the pages of docs/; nothing is executed."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.append(str(HERE.parents[1] / "tools"))
import repository  # noqa: E402

project = html_title = "Generative models, हिन्दी और English में"
author = "The course authors"
copyright = f"{author}, MIT"
language = "en"  # "hi" breaks the search page's plural; what shows is in both languages, see words.toml

extensions = ["myst_nb", "sphinx_external_toc", "sphinx.ext.githubpages"]  # the last writes CNAME, for a domain
extensions += ["twins", "notes", "landing", "rooms", "figures", "syllabus", "formulas"]
extensions += ["fonts", "finish", "styles", "offers", "offline"]
include_patterns = ["index.md", "docs/*.md", "notebooks/[0-9]*.ipynb"]
nitpicky = True
smartquotes = False  # docutils knows none for Hindi
templates_path = ["../theme/templates"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3  # the syllabus links to headings
nb_execution_mode = "off"  # the committed outputs are what a student's own run was checked against
nb_custom_formats = {".ipynb": ["twins.read", {}, False]}
html_math_renderer = "mathml"

html_baseurl = repository.site()
html_theme = "sphinx_book_theme"
html_theme_options = {
    "article_header_end": ["language-switch.html", "article-header-buttons.html"],
    "home_page_in_toc": True,
    "search_bar_text": "खोजिए · Search",
    "toc_title": "इस पन्ने पर · On this page",
    "use_download_button": False,
    "use_fullscreen_button": False,
    "footer_content_items": [],
    "navbar_persistent": [],  # else a second bar with a second search button
}
html_static_path = ["../theme/static"]
html_extra_path = ["../theme/sw.js"]  # at the root: a service worker answers for what lies beside and below it
html_favicon = "../theme/static/icon.svg"
html_css_files = ["site.css"]
# Those that wait for the page stand first, so that they are on their way while the others hold it up.
html_js_files = [
    (name, {"priority": 90, "defer": "defer"}) for name in ("explorers.js", "words.js", "progress.js", "offline.js")
]
html_js_files += [("language.js", {"priority": 100})]
html_copy_source = False
html_use_index = False
html_context = {"default_mode": "auto"}
