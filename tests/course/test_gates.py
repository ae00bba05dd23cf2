"""Each gate sees a broken lesson and says so; an unbroken one passes."""

from pathlib import Path

import gates
import nbformat.v4 as v4
import repository

PNG = {"image/png": "iVBORw0KGgo="}
ALT = {"image/png": {"alt": "A digit. · एक अंक।"}}


LOOP = "for x in batches:\n    adam.zero_grad()\n    loss.backward()\n    adam.step()"


def markdown(source, *tags, **metadata):
    return v4.new_markdown_cell(source, metadata={"tags": list(tags), **metadata} if tags else metadata)


def code(source, count=1, outputs=(), *tags, **metadata):
    metadata = {"tags": list(tags), **metadata}
    return v4.new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def good():
    """A small lesson without fault."""
    return v4.new_notebook(
        cells=[
            markdown("## चित्र · The picture"),
            markdown("Encoder (कूटक) चित्र को 32 संख्याओं में बदलता है: $h = f(x)$, `encoder(x)`, [यहाँ](a.md)।", "lang-hi"),
            markdown("It turns the image into 32 numbers: $h = f(x)$, `encoder(x)`, [here](a.md).", "lang-en"),
            code(repository.install_cell(), 1, [], "hide-cell", slideshow={"slide_type": "skip"}),
            code("show()", 2, [v4.new_output("display_data", PNG, metadata=ALT)], "nbval-check-output"),
            code(LOOP, 3),
        ]
    )


def changed(number, **parts):
    notebook = good()
    for name, value in parts.items():
        notebook.cells[number][name] = value
    return notebook


def without(number):
    notebook = good()
    del notebook.cells[number]
    return notebook


def applications(*cells):
    """A notebook of applications, of which the first begins before these cells."""
    before = (repository.install_cell(True), "from course_lib import application\nx = 1", "application('a')")
    return v4.new_notebook(cells=list(map(code, (*before, *cells))))


DANGERS = (
    *("!ls", "files = !ls", "%run other.py", "%%bash\nls", "%system ls", "import subprocess", "os.popen('ls')"),
    *("import pickle as p", "from joblib import load", "torch.load('x.pt')", "np.load('x.npy')", "eval('1')"),
    *("torch.load('x.pt', weights_only=False)", "load = torch.load", "torch.load(open('x'), weights_only=True)"),
)
HARMLESS = (
    "model.eval(), re.compile('x'), load_file('x'), retrieval(1), torch.compile(model), "
    "torch.load('x.pt', weights_only=True)"
)
HINDI, ENGLISH = good().cells[1].source, good().cells[2].source
BROKEN = [
    (gates.has_twins, without(2), "no English twin"),
    (gates.has_twins, without(1), "no Hindi twin"),
    (gates.has_twins, changed(2, metadata={}), "no English twin"),
    (gates.has_twins, changed(2, metadata={"tags": ["lang-en", "x"]}), "other tags"),
    (gates.has_twins, changed(1, metadata={"tags": ["lang-hi", "lang-en"]}), "both language tags"),
    (gates.has_twins, changed(0, source="चित्र · The picture"), "only headings go untagged"),
    (gates.slides_marked, changed(5, metadata={"slideshow": {"slide_type": "slid"}}), "slides know no 'slid'"),
    (
        gates.slides_marked,
        changed(1, metadata={"tags": ["lang-hi"], "slideshow": {"slide_type": "slide"}}),
        "begin the slide at a heading",
    ),
    (gates.twins_agree, changed(2, source=ENGLISH.replace("32", "23")), "numbers differ"),
    (gates.twins_agree, changed(2, source=ENGLISH.replace("f(x)$", "g(x)$")), "formulas differ"),
    (gates.twins_agree, changed(2, source=ENGLISH.replace("a.md", "b.md")), "links differ"),
    (gates.twins_agree, changed(2, source=ENGLISH.replace("`encoder(x)`", "`decoder(x)`")), "code spans differ"),
    (gates.right_script, changed(1, source="Encoder input को small code में change करता है।"), "Devanagari"),
    (gates.right_script, changed(2, source="The encoder (कूटक)."), "English cell"),
    (gates.headings_bilingual, changed(0, source="## The picture"), "Hindi · English"),
    (gates.headings_bilingual, changed(0, source="## The picture · चित्र"), "Hindi · English"),
    (gates.terms_spelled, changed(1, source="एनकोडर चित्र को बदलता है।"), "should be 'encoder'"),
    (gates.terms_spelled, changed(2, source="An auto-encoder."), "should be 'autoencoder'"),
    (gates.terms_spelled, changed(1, source=HINDI.replace(" (कूटक)", "")), "without its gloss"),
    (gates.is_nfc, changed(1, source="\u0928\u093c"), "not NFC"),
    (gates.short_code, changed(4, source="x = 1\n" * 26), "limit is 25"),
    (gates.short_code, changed(4, source="x = 1\n" * 6), "limit is 5"),
    (gates.figures_have_alt, changed(4, outputs=[v4.new_output("display_data", PNG)]), "alternative text"),
    (
        gates.figures_have_alt,
        changed(4, outputs=[v4.new_output("display_data", PNG, metadata={"image/png": {"alt": "A digit."}})]),
        "alternative text",
    ),
    (
        gates.figures_have_alt,
        changed(4, outputs=[v4.new_output("display_data", {"text/html": '<details><img alt="A digit."></details>'})]),
        "alternative text",
    ),
    (gates.no_walls, changed(2, source="word " * 121), "121 words"),
    (gates.plain_loop, changed(5, source=LOOP.replace("loss.backward()", "pass")), "no training loop"),
    (gates.plain_loop, changed(5, source=LOOP.replace("for x in batches:", "if True:")), "no training loop"),
    (gates.installs_itself, changed(3, source="!pip install course_lib"), "copy it from another"),
    (gates.installs_itself, changed(3, metadata={}), "hide it"),
    (gates.installs_itself, changed(4, source="application()"), "copy it from another"),
    (gates.applications_apart, applications("y = x", "application('b')", "z = y"), "Undefined name `y`"),
    (gates.applications_apart, applications("y = x", "application()\nz = x"), "stands alone"),
    *((gates.calls_no_shell, changed(4, source=line), "may run anything") for line in DANGERS),
    (gates.executed, changed(3, execution_count=None), "not executed"),
    (gates.executed, changed(4, outputs=[]), "no output"),
    (gates.executed, changed(4, outputs=[v4.new_output("stream", name="stderr", text="!")]), "warning"),
    (gates.one_sentence_a_line, changed(2, source="It is small. It is round."), "more than one sentence"),
    (gates.one_sentence_a_line, changed(1, source="यह छोटा है। यह गोल है।"), "more than one sentence"),
]


def test_a_good_lesson_passes():
    assert [complaint for gate in gates.for_lesson("01_good") for complaint in gate(good())] == []
    assert gates.no_walls(changed(2, source=f"<details>{'word ' * 200}</details>{'word ' * 119}")) == []
    assert gates.calls_no_shell(changed(4, source=HARMLESS)) == []
    apart = applications("y = x", "application('b')", "y = x + 1", "z = y")
    assert gates.applications_apart(apart) == gates.installs_itself(apart)[1:] == []


def test_a_broken_lesson_is_caught():
    silent = [(gate.__name__, said) for gate, notebook, said in BROKEN if said not in "".join(gate(notebook)[:1])]
    assert silent == []


def test_every_gate_has_a_broken_lesson():
    assert {gate for gate, *_ in BROKEN} == set(gates.for_lesson("01_good"))


def test_source_and_notebook_must_agree():
    assert gates.same_cells(good(), good()) == []
    parts = {"source": "x", "metadata": {"tags": ["lang-en"]}, "cell_type": "raw"}
    for other in (without(5), *(changed(1, **{name: value}) for name, value in parts.items())):
        assert "make notebooks" in gates.same_cells(good(), other)[0]


def test_a_heavy_notebook_is_caught(tmp_path: Path):
    path = tmp_path / "heavy.ipynb"
    path.write_bytes(b"x" * 1_500_000)
    assert "1500" in gates.small_enough(path)[0]
    path.write_bytes(b"x" * 1_499_999)
    assert gates.small_enough(path) == []
