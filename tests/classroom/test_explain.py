"""Every mistake that explain.toml explains is made here for real; and where the explanation shows, and where not."""

import importlib
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import unicodedata
import warnings
from pathlib import Path
from unittest import mock

import matplotlib.pyplot as plt
import pytest
import torch
from kernels import kernel
from torch import nn

from course_lib import data
from course_lib.classroom import explain, language
from course_lib.classroom.exercises import Exercise
from course_lib.classroom.language import DEVANAGARI

mnist_file = importlib.import_module("course_lib.data.mnist")  # `data.mnist` is the function
ROOT = Path(__file__).parents[2]

FIRST_CELL = """
import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.nn import functional as F

from course_lib import data, measures, need
from course_lib.classroom import show
from course_lib.classroom.exercises import ____
from course_lib.classroom.language import Text
from course_lib.data import fonts, number_words
from course_lib.data.tokens import Vocabulary
from course_lib.loops import fit, fit_gan
from course_lib.models import autoencoders, biggan, gan, gan_networks, vae

x = torch.rand(8, 1, 28, 28)
model = autoencoders.Autoencoder(*autoencoders.dense(hidden=(8,), latent_dim=2))
labels = torch.arange(8)
told, on_told = gan_networks.pair("dcgan", classes=10)
"""
# What a student may write in a cell, by what it should be told; one mistake a line.
SLIPS = r"""
matrices: nn.Linear(784, 10)(x)
matrices: list(fit(model, x[..., :20], epochs=1))
products: torch.rand(3, 4) @ torch.rand(5)
products: torch.rand(3) @ torch.rand(4)
products: torch.rand(2, 3, 4) @ torch.rand(2, 5, 6)
products: np.ones((4, 3)) @ np.ones(4)
not_a_matrix: x.mm(torch.rand(3, 3))
image_dimensions: nn.Conv2d(1, 8, 3)(x[0, 0])
norm_dimensions: nn.BatchNorm2d(8)(torch.rand(4, 8))
norm_dimensions: nn.BatchNorm1d(8)(torch.rand(4, 8, 2, 2))
channels: nn.Conv2d(1, 8, 3)(torch.rand(4, 3, 28, 28))
norm_channels: nn.BatchNorm2d(8)(torch.rand(4, 3, 7, 7))
norm_shape: nn.LayerNorm(8)(torch.rand(3, 4))
kernel_too_large: nn.Conv2d(1, 8, 9)(torch.rand(1, 1, 5, 5))
dimension: nn.Flatten()(torch.rand(4))
dimension: x.sum(dim=4)
recurrent_width: nn.GRU(4, 4, batch_first=True)(torch.rand(2, 3, 5))
recurrent_dimensions: nn.GRU(4, 4)(torch.rand(2, 3, 5, 5))
recurrent_state: nn.GRU(4, 4)(torch.rand(2, 3, 4), torch.rand(1, 2, 4))
unflatten: nn.Unflatten(1, (1, 28, 28))(torch.rand(4, 100))
reshape: torch.rand(4, 100).view(4, 28, 28)
reshape: np.ones(100).reshape(28, 28)
view: torch.rand(4, 6).T.view(24)
permute: torch.ones(3).permute(1, 0)
broadcast_warning: F.mse_loss(torch.rand(4, 1), torch.rand(4))
loss_shapes: F.binary_cross_entropy(torch.rand(4, 1), torch.rand(4))
loss_shapes: F.binary_cross_entropy_with_logits(torch.rand(4, 1), torch.rand(4))
same_shape: autoencoders.squared_error(torch.rand(4, 784), x[:4])
broadcast: torch.rand(4, 3) + torch.rand(4)
broadcast_arrays: np.ones((4, 3)) + np.ones(4)
stack: torch.stack([torch.ones(2), torch.ones(3)])
cat: torch.cat([torch.ones(2, 2), torch.ones(2, 3)])
ragged: torch.tensor([[1, 2], [3]])
ragged: np.array([[1, 2], [3]])
one_row: nn.BatchNorm1d(8)(torch.rand(1, 8))
one_row: model.encoder.append(nn.BatchNorm1d(2)); list(fit(model, x, epochs=1, batch_size=7))
batch_sizes: F.cross_entropy(torch.rand(2, 3), torch.tensor([0, 1, 2]))
class_target: F.cross_entropy(torch.rand(2, 3), torch.tensor([[0], [1]]))
picture_shape: plt.imshow(x[0].numpy())
curve_lengths: plt.plot([1, 2], [1, 2, 3])
dtype: nn.Linear(4, 2)(torch.ones(3, 4, dtype=torch.float64))
dtype: list(fit(model, (x * 255).byte(), epochs=1))
dtype: nn.Conv2d(1, 2, 3)((x * 255).byte())
token_dtype: nn.Embedding(5, 3)(torch.rand(2))
target_dtype: F.cross_entropy(torch.rand(2, 3), torch.tensor([0.0, 1.0]))
loss_dtype: F.binary_cross_entropy(torch.rand(4), torch.ones(4, dtype=torch.long))
mean_dtype: torch.tensor([1, 2]).mean()
index_dtype: x[torch.tensor([0.5])]
index_dtype: x[0.5]
gradient_dtype: torch.tensor([1, 2], requires_grad=True)
module_in_place_of_tensor: torch.relu(nn.Linear(2, 2))
module_in_place_of_tensor: nn.ReLU(x) + 1
not_a_tensor: nn.Linear(4, 2)([1.0, 2, 3, 4])
not_a_tensor: nn.Linear(4, 2)(np.ones((3, 4)))
not_a_tensor: nn.Linear(4, 2)(None)
not_a_tensor: nn.Conv2d(1, 2, 3)(np.ones((3, 1, 8, 8)))
array_is_no_tensor: np.ones(3).to("cpu")
array_is_no_tensor: [1, 2].shape
tensor_is_no_array: x.astype("float32")
tensor_is_no_array: list(fit(x, model, epochs=1))
from_numpy: torch.from_numpy([1, 2])
no_number: torch.tensor("abc")
no_number: np.array(["a"]).astype(float)
no_number: torch.tensor(np.array(["a"]))
whole_number: range(28 / 2)
whole_number: nn.Linear(28 / 2, 3)
whole_number: list(fit(model, x, epochs="5"))
device: nn.Linear(2, 2)(torch.ones(2, 2, device="meta"))
device: torch.ones(2) + torch.ones(2, device="meta")
device_numpy: torch.ones(2, device="meta").numpy()
gpu_without_kernels: on_an_old_gpu(data.best_device)
memory: torch.empty(10**13)
memory: np.empty(10**14)
class_range: F.cross_entropy(torch.rand(2, 3), torch.tensor([0, 5]))
token_range: nn.Embedding(5, 3)(torch.tensor([7]))
index_range: x[100]
index_range: np.ones(3)[7]
same_rows: next(fit_gan(gan.GAN(told, on_told, 64), x, labels[:1], steps=2))
same_rows: next(fit(model, x, labels[:1], epochs=1))
no_noise_left: biggan.truncated_noise(4, 2, 0)
too_many_indices: torch.rand(4, 3)[0, 0, 0]
too_many_indices: np.ones(3)[0, 0]
no_index: torch.tensor(3.0)[0]
list_index: [1, 2][5]
list_index: list(fit(model, epochs=1))
probabilities: F.binary_cross_entropy(torch.tensor([1.5]), torch.tensor([1.0]))
target_scale: model.error = autoencoders.binary_cross_entropy; list(fit(model, x * 255, epochs=1))
target_scale: list(fit(vae.VAE(*autoencoders.dense()), x * 2 - 1, epochs=1))
chances: torch.multinomial(torch.tensor([-1.0, 2.0]), 1)
chances: torch.bernoulli(torch.tensor([2.0]))
pixels_to_255: need.unit_range("x", x * 255)
pixels_to_255: show.sheet((x * 255).byte())
pixels_to_255: measures.psnr(x, x * 9)
pixels_of_tanh: show.sheet(x / 2 - 1)
pixels_of_tanh: show.sheet(torch.full((20, 1, 28, 28), -1.0))
pixels_of_tanh: gan_networks.to_tanh(x * 2 - 1)
pixels_nan: show.sheet(x * float("nan"))
pixels_nan: measures.psnr(x, x.where(x < 0.9, torch.nan))
pixel_range: show.sheet((x - 0.1307) / 0.3081)
pixel_range: show.sheet((x - x.mean()) / x.std())
pixel_range: show.sheet(x * 65535)
pixel_range: show.sheet(x * 400)
nearly_black: show.sheet((x * 2 - 1) / 255)
nearly_black: show.pictures({"original": x / 255, "pca": 0 * x})
nearly_black: show.strips(x / 255, {"original": "abcdefgh"})
black_and_white: need.binary("x", x)
no_such_choice: gan_networks.pair("conv")
no_such_choice: data.mnist("big")
no_such_choice: data.best_device("gpu")
logits: gan.GAN(nn.Linear(2, 2), nn.ModuleList([nn.Sigmoid()]))
graph_twice: w = torch.ones(2, requires_grad=True); l = (w * w).sum(); l.backward(); l.backward()
no_gradient: x.sum().backward()
no_gradient: list(fit(autoencoders.Autoencoder(*autoencoders.dense()).requires_grad_(False), x, epochs=1))
not_scalar: torch.ones(2, requires_grad=True).backward()
changed_in_place: w = torch.ones(2, requires_grad=True); e = w.exp(); e += 1; e.sum().backward()
leaf: w = torch.ones(2, requires_grad=True); w += 1
leaf: w = torch.ones(2, requires_grad=True); w[0] = 5
numpy_gradient: model(x).numpy()
numpy_gradient: PCA(2).fit(model.encoder(x))
copy_gradient: copy.deepcopy(model(x))
unused_in_graph: torch.autograd.grad(model(x).sum(), torch.ones(2, requires_grad=True))
astray: list(fit(model, x * float("nan"), epochs=1))
nothing_to_learn: list(fit(nn.Flatten(), x, epochs=1))
betas: list(fit_gan(gan.GAN(*gan_networks.pair("basic")), x, steps=1, betas=(0, 0.9)))
optimizer_setting: list(fit(model, x, epochs=1, lr=-1))
optimizer_parameters: torch.optim.Adam(torch.ones(3))
no_forward: type("Net", (nn.Module,), {})()(x)
no_super: type("Net", (nn.Module,), {"__init__": lambda self: setattr(self, "layer", nn.Linear(2, 2))})()
not_a_layer: nn.Sequential([nn.Linear(2, 2)])
not_a_layer: nn.Sequential(nn.Linear(2, 2), nn.ReLU)
softmax_dimension: nn.Softmax()(torch.rand(2, 3))
copied_tensor: torch.tensor(x)
not_attempted: ____ + 1
unknown_name: learn(model)
unknown_name: model.apply(lambda layer: digits)
too_early: exec("def f():\n    n = n + 1\nf()")
missing_file: open("nothing.txt")
missing_file: torch.load("nothing.pt")
course_name: import course_lib.train
course_name: from course_lib.loops import duel
missing_package: import quasar
missing_package: import cv2
missing_part: from torch import Linear
missing_part: import torch.optimisers
unsafe_file: torch.save(Text("a", "b"), "weights.pt"); torch.load("weights.pt")
weights_size: nn.Linear(2, 2).load_state_dict(nn.Linear(3, 2).state_dict())
weights_names: nn.Linear(2, 2).load_state_dict(nn.Sequential(nn.Linear(2, 2)).state_dict())
loop_without_end: fit(model, x)
loop_without_end: fit(model, x, 5)
loop_without_end: fit_gan(model, x)
missing_keyword: exec("def f(*, a): pass\nf()")
pair_without_star: autoencoders.Autoencoder(autoencoders.dense())
pair_without_star: gan.GAN(gan_networks.pair("basic"))
missing_argument: nn.Linear(2)
missing_argument: nn.Linear.forward(x)
unexpected_keyword: nn.Linear(2, 2, hidden=3)
unexpected_keyword: fit(model, x, steps=3, epochs=1)
loss_arguments: list(fit(model, x, x, epochs=1))
too_many_arguments: nn.Linear(2, 2)(x, x)
generator_without_condition: next(fit_gan(gan.GAN(*gan_networks.pair("dcgan"), 64), x, labels, steps=2))
generator_without_condition: next(fit_gan(gan.GAN(*gan_networks.pair("basic")), x, labels, steps=2))
discriminator_without_condition: next(fit_gan(gan.GAN(told, gan_networks.pair("dcgan")[1], 64), x, labels, steps=2))
discriminator_without_condition: next(fit_gan(gan.GAN(told, nn.Linear(28, 1), 64), x, labels, steps=2))
condition_missing: next(fit_gan(gan.GAN(told, on_told, 64), x, steps=2))
condition_missing: next(fit_gan(gan.GAN(gan_networks.pair("dcgan")[0], on_told, 64), x, steps=2))
condition_missing: told(torch.rand(2, 64))
class_numbers: told(torch.rand(2, 64), 7)
class_numbers: next(fit_gan(gan.GAN(told, on_told, 64), x, labels / 2, steps=2))
class_too_large: next(fit_gan(gan.GAN(told, on_told, 64), x, labels + 9, steps=2))
class_too_large: told(torch.rand(2, 64), torch.tensor([-1, 0]))
cat_dimensions: next(fit_gan(gan.GAN(told, on_told, 64), x, labels[:, None], steps=2))
cat_dimensions: next(fit_gan(gan.GAN(told, on_told, 64), x, F.one_hot(labels), steps=2))
loop_used_as_value: fit(model, x, epochs=1).means
loop_used_as_value: fit(model, x, epochs=1)[-1]
nothing_there: [1, 2].sort()[0]
nothing_there: model.encoder.register_parameter("w", None).shape
nothing_there: print() + 1
not_callable: autoencoders.dense()(x)
module_attribute: nn.linear(2, 2)
attribute: model.encode(x)
attribute: autoencoders.dense().encoder
truth_of_many: bool(x > 0)
truth_of_many: bool(x.numpy() > 0)
one_number: x.item()
one_number: torch.tensor([torch.ones(2), torch.ones(2)])
one_number: float(np.ones(3))
too_few_values: encoder, decoder, last = autoencoders.dense()
too_many_values: encoder, = autoencoders.dense()
not_iterable: list(5)
not_iterable: list(torch.tensor(3))
not_iterable: autoencoders.dense(hidden=3)
text_and_number: "loss " + 0.5
operands: "3" - 4
arguments: torch.randint(3)
no_integer: int("3 km")
division_by_zero: list(fit(model, x[:0], epochs=1))
unknown_key: list(fit(model, x, epochs=1))[0].means["los"]
unknown_token: Vocabulary(["one two"]).encode(["three"])
voice: data.speech.speak("नमस्ते", "hi+nobody")
voice_path: speak_from("x" * 160, temporary="y" * 160)
voice_files: speak_from("nothing")
number_range: number_words.english(-1)
too_few_numbers: number_words.number_words(train=50, test=50, ceiling=20)
font_without_letter: fonts.need_glyphs(fonts.FACES[0], "你")
nan_data: PCA(2).fit(np.full((3, 3), np.nan))
components: PCA(5).fit(np.ones((3, 3)))
table_dimensions: PCA(2).fit(x[:, 0])
table_dimensions: PCA(2).fit(np.ones(3))
glyph: draw_hindi_in_latin()
model_without_loss: list(fit(nn.Linear(784, 10), x, epochs=1))
array_for_tensor: list(fit(model, x.numpy(), epochs=1))
sizes_are_no_function: x.shape(0)
function_in_brackets: x.size[0]
list_of_tensors: torch.cat(x, x)
list_of_tensors: torch.stack(x[0], x[1])
return_outside: exec("return 3")
lengths: measures.exact_match(["एक"], ["एक", "दो"])
neighbours: measures.neighbour_accuracy(torch.rand(5, 2), torch.zeros(5).long())
neighbours: measures.trustworthiness(torch.rand(5, 2), torch.rand(5, 3))
small_images: measures.ssim(x[..., :8], x[..., :8])
nan_features: measures.frechet_distance(torch.full((9, 3), torch.nan), torch.rand(9, 3))
mnist_folder: mnist_where_one_may_not_write()
mnist_fallback: mnist_without_a_network()
damaged_mnist: read_damaged_mnist()
no_course: import_without_course_lib()
bracket: exec("print(1")
unmatched: exec("print(1))")
unmatched: exec("print([1)")
incomplete: compile("print(1", "cell", "exec", 0x4000)  # as IPython does
indentation: exec("for i in [1]:\nprint(i)")
indentation: exec("  print(1)")
text_without_end: exec("print('a)")
colon: exec("for i in [1]\n    print(i)")
equals: exec("if 1 = 2: pass")
syntax: exec("x = 3 4 y")
"""

# Cannot be made on every machine: told by a GPU alone, or by a machine without one (then by an older torch).
NOT_MADE_HERE = {
    "device_assert": "a GPU",
    "no_kernel_image": "an old GPU",
    "driver_too_old": "a GPU with an old driver",
    "no_gpu": "a machine without a GPU",
}
WITHOUT_WORDS = {"loop_alone", "loop_waiting"}  # found by looking at the cell: see the tests in a kernel


def draw_hindi_in_latin():
    with mock.patch.dict(plt.rcParams, {"font.family": ["DejaVu Sans"]}):
        figure = plt.figure()
        figure.text(0, 0, "क")
        figure.canvas.draw()


def on_an_old_gpu(ask):
    cuda = {"is_available": True, "get_device_capability": (6, 1), "get_arch_list": ["sm_75", "sm_80"]}
    with mock.patch.multiple(torch.cuda, **{name: mock.Mock(return_value=value) for name, value in cuda.items()}):
        return ask()


def import_without_course_lib():
    others = {name: module for name, module in sys.modules.items() if not name.startswith("course_lib")}
    with mock.patch.dict(sys.modules, others, clear=True), mock.patch.object(sys, "path", []):
        __import__("course_lib")


def mnist_without_a_network():
    with mock.patch.object(mnist_file, "MIRROR", "http://127.0.0.1:9/"):  # where nobody listens
        data.mnist("full")


def mnist_where_one_may_not_write():
    file = Path("a file where a folder should be").resolve()
    file.write_text("", encoding="utf-8")
    with mock.patch.dict(os.environ, {"COURSE_DATA": str(file)}):
        data.mnist("full")


def read_damaged_mnist():
    raw = Path(os.environ["COURSE_DATA"], "MNIST", "raw")
    raw.mkdir(parents=True)
    for name in mnist_file.FILES:
        Path(raw, f"{name}.gz").write_bytes(b"a page of the web")
    data.mnist("full")


def speak_from(folder, temporary=None):
    """With the speech program's files in this folder, and those for a while in another."""
    Path(temporary or "tmp").mkdir()
    with (
        mock.patch("espeakng_loader.get_data_path", return_value=folder),
        mock.patch.object(tempfile, "tempdir", temporary or "tmp"),
    ):
        data.speech.speak("एक")


def slips() -> list[tuple[str, str]]:
    return [tuple(line.split(": ", 1)) for line in SLIPS.strip().splitlines()]


def raised(code: str) -> list[BaseException]:
    """What running this in a cell raises, and the warnings that it gives."""
    names = globals() | {"__name__": "__main__"}
    exec(FIRST_CELL, names)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            exec(code, names)
        except Exception as error:
            return [error]
    return [warning.message for warning in given]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    yield
    plt.close("all")


def test_every_slip_is_explained_as_it_should_be(elsewhere):
    wrong = []
    for kind, code in slips():
        errors = raised(code)
        if kind not in [known[0] for known in map(explain.recognised, errors) if known]:
            wrong.append(f"{kind}: {code} gives {[(str(e)[:300], explain.recognised(e)) for e in errors]}")
        for error in errors:
            explain.explanation(error)  # no value is wanting
    assert not wrong, "\n".join(wrong)


def test_no_entry_is_dead():
    made = {kind for kind, _ in slips()}
    assert made | NOT_MADE_HERE.keys() | WITHOUT_WORDS == explain.table().keys()
    assert len(made) > 100


def test_words_of_other_machines_and_versions():
    """What a GPU says, and older versions of torch or Python, as users report it: none of them can be run here."""
    place = "Expected all tensors to be on the same device, but"
    types = "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same"
    for kind, words, *values in [
        ("device_assert", "CUDA error: device-side assert triggered\nCUDA kernel errors might be reported later"),
        ("no_gpu", "Torch not compiled with CUDA enabled"),
        ("no_kernel_image", "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors"),
        ("no_gpu", "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU"),
        ("driver_too_old", "The NVIDIA driver on your system is too old (found version 11040). Please update", "11040"),
        ("memory", "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 14.75 GiB"),
        ("device", f"{place} found at least two devices, cuda:0 and cpu! (when checking …)", "cuda:0", "cpu"),
        ("device", f"{place} got mat1 is on cpu, different from other tensors on cuda:0 (when …)", "cpu", "cuda:0"),
        ("device", types, "torch.cuda.FloatTensor", "torch.FloatTensor"),
        ("dtype", "expected m1 and m2 to have the same dtype, but got: double != float", "double", "float"),
    ]:
        found, _, *told = explain.recognised(RuntimeError(words))
        assert (found, told) == (kind, values), words


def test_the_table_is_well_written():
    for kind, entry in explain.table().items():
        assert entry.keys() - {"words", "own", "within", "instead"} == {"hi", "en"}, kind
        assert ("words" in entry) == (kind not in WITHOUT_WORDS), kind
        assert DEVANAGARI.search(entry["hi"]), kind
        assert not DEVANAGARI.search(entry["en"]), kind
        assert unicodedata.is_normalized("NFC", entry["hi"]), kind
        values = [set(re.findall(r"{\d}", entry[language])) for language in ("hi", "en")]
        assert values[0] == values[1], f"{kind}: one language tells a value that the other does not"
        assert len(entry["en"]) < 360, f"{kind}: too long to be read"


def test_values_are_filled_in():
    [error] = raised("nn.Linear(784, 10)(x)")
    meaning = explain.explanation(error)
    assert "has 28 numbers, but the layer reads 784" in meaning.en
    assert "28 संख्याएँ" in meaning.hi
    [error] = raised("import sklearn_extra_nothing, cv2") or [None]
    assert "sklearn_extra_nothing" in explain.explanation(error).en
    [error] = raised("import cv2")
    assert "%pip install opencv-python" in explain.explanation(error).en


def test_of_errors_that_led_to_one_another_the_last_that_is_known():
    [error] = raised("try:\n    [][1]\nexcept IndexError as e:\n    raise LookupError('nothing of ours') from e")
    assert explain.recognised(error) is None
    assert "no such place" in explain.explanation(error).en
    [error] = raised("try:\n    [][1]\nexcept IndexError:\n    1 / 0")
    assert "divided by 0" in explain.explanation(error).en
    [error] = raised("try:\n    [][1]\nexcept IndexError:\n    raise LookupError('nothing of ours') from None")
    assert explain.explanation(error) is None


def test_a_missing_name_is_explained_in_the_students_own_code_alone():
    assert explain.explanation(NameError("name 'x' is not defined")) is None
    namespace = {"__name__": "library"}
    exec("def f(): return gone", namespace)
    with pytest.raises(NameError) as caught:
        namespace["f"]()
    assert explain.explanation(caught.value) is None


def test_a_slip_within_a_network_is_not_the_networks_lack_of_labels():
    own = """
class Generator(nn.Linear):
    def forward(self, z, label):
        return nn.ReLU()(super().forward(z), label)
next(fit_gan(gan.GAN(Generator(64, 784), on_told, 64), x, labels, steps=2))
"""
    [error] = raised(own)
    assert explain.recognised(error)[0] == "too_many_arguments"


def test_said_gives_the_errors_own_words_first(monkeypatch):
    error = IndexError("Target 5 is out of bounds.")
    own, english, hindi = explain.said(error).split("\n")
    assert (own, "class 5" in english, "class 5" in hindi) == (str(error), True, True)
    assert DEVANAGARI.search(hindi)
    assert explain.said(OSError("nothing of ours")) == "nothing of ours"
    monkeypatch.setattr(language, "_current", "hi")
    assert explain.said(error) == f"{error}\n{hindi}"


def test_an_error_within_a_check_is_explained():
    """In the student's function, and in what the check does with its answer."""
    exercise = Exercise(lambda answer: answer(torch.ones(2, 3)).sum(dim=1), answer=len, hints=[])
    stopped = exercise.check(lambda x: nn.Linear(4, 1)(x))
    assert (stopped.status, "the layer reads 4" in stopped.said.en) == ("error", True)
    assert "layer को 4 चाहिए" in stopped.said.hi
    unusable = exercise.check(lambda x: x.mean())
    assert (unusable.status, "There is no dimension 1" in unusable.said.en) == ("wrong", True)


# ---- Where it shows


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a cell in a bare IPython kernel, as on Colab; returns kinds of output and their texts."""
    with kernel(Path(sys.executable), tmp_path_factory.mktemp("kernel")) as run_cell:

        def run(source: str) -> list[tuple[str, str, str]]:
            said = []
            for kind, content in run_cell(textwrap.dedent(source))[1]:
                shown = content.get("data", {})
                said.append((kind, shown.get("text/plain", content.get("text", "")), shown.get("text/html", "")))
            return said

        run("""
            import course_lib, torch
            from torch import nn
            from torch.nn import functional as F
            from course_lib import loops
            from course_lib.classroom import explain, language
            from course_lib.classroom.progress import progress
            from course_lib.loops import fit
            from course_lib.models import autoencoders
            x = torch.rand(8, 1, 28, 28)
            model = autoencoders.Autoencoder(*autoencoders.dense())
        """)
        yield run


def meanings(outputs: list) -> list[str]:
    return [plain for kind, plain, _ in outputs if kind == "display_data"]


def test_under_the_traceback_of_the_students_own_code(run):
    (kind, *_), (shown, plain, page) = run("nn.Linear(784, 10)(x)")
    assert (kind, shown) == ("error", "display_data")
    english, hindi = plain.split("\n")
    assert "the layer reads 784" in english
    assert "layer को 784 चाहिए" in hindi
    assert 'class="lang-hi" lang="hi"' in page
    assert 'class="lang-en" lang="en"' in page
    # A cell that Python cannot even read; an error in our own code; one in a function of the student's.
    assert "ends in the middle" in meanings(run("print(1"))[0]
    assert "fit must know how long" in meanings(run("list(fit(model, x))"))[0]
    run("def mine():\n    return x[100]")
    assert "no place 100" in meanings(run("mine()"))[0]
    # Nothing is said where nothing is known, nor where nothing went wrong.
    assert meanings(run("raise OSError('nothing of ours')")) == []
    assert run("x.shape;") == []


def test_in_the_language_in_use(run):
    [said] = meanings(run("language.use('hi'); x[100]"))
    assert DEVANAGARI.search(said)
    assert "\n" not in said
    [said] = meanings(run("language.use('en'); x[100]"))
    assert not DEVANAGARI.search(said)
    run("language.use('both')")


def test_a_warning_is_explained_too(run):
    (kind, words, _), (shown, plain, _) = run("F.mse_loss(torch.rand(4, 1), torch.rand(4));")
    assert (kind, shown) == ("stream", "display_data")
    assert "Using a target size" in words
    assert "compares shape (4, 1) with shape (4)" in plain
    assert meanings(run("import warnings; warnings.warn('nothing of ours')")) == []


def test_a_fault_of_ours_hides_nothing(run):
    run("known, explain.recognised = explain.recognised, None")
    assert [kind for kind, *_ in run("x[100]")] == ["error"]
    assert [kind for kind, *_ in run("F.mse_loss(torch.rand(5, 1), torch.rand(5));")] == ["stream"]
    run("explain.recognised = known")


@pytest.mark.parametrize(
    "cell",
    [
        "fit(model, x, epochs=1)",
        "fit(model, x, epochs=1);",
        "loops.fit(model, x, epochs=1)\nprint('done')",
        "progress(fit(model, x, epochs=1))",
        "for lr in (1, 2):\n    fit(model, x, epochs=1, lr=lr)",
        "def learn():\n    with torch.no_grad():\n        fit(model, x, epochs=1)",
        "def learn():\n    return fit(model, x, epochs=1)\nlearn()",
        "%time fit(model, x, epochs=1)\nfit(model, x, epochs=1)",
    ],
)
def test_a_loop_that_nobody_goes_through_is_told(run, cell):
    [said] = meanings(run(cell))
    assert "alone trains nothing" in said
    assert "for report in" in said
    assert "train नहीं हुआ" in said


def test_a_loop_that_waits_is_told_once(run):
    [said] = meanings(run("reports = fit(model, x, epochs=1)"))
    assert "reports is a loop that has not begun" in said
    assert meanings(run("y = 1")) == []
    assert meanings(run("reports")) == []
    assert meanings(run("for report in reports: pass")) == []


def test_a_loop_that_is_used_is_not(run):
    for cell in [
        "for report in fit(model, x, epochs=1): pass",
        "last = list(fit(model, x, epochs=1))[-1]",
        "reports = [report for report in fit(model, x, epochs=1)]",
        "def learn():\n    for report in progress(fit(model, x, epochs=1)):\n        print(report.done)",
        "mine = (n for n in range(3))",
        "def count():\n    yield 1\ncount()",
        "run = fit(model, x, epochs=1)\nnext(run)\nprint(len(x))",
    ]:
        assert meanings(run(cell)) == [], cell


def test_a_cell_run_again_leaves_no_figure_behind(run):
    """Here since this kernel has all of it imported: IPython keeps every result, but of a picture the PNG alone."""
    count = "gc.collect(); print(sum(type(one).__name__ == 'Figure' for one in gc.get_objects()))"
    run("import gc\nfrom course_lib.classroom import show")
    before = run(count)[0][1]
    for _ in range(2):
        [(kind, alt, _)] = run("show.curves({'loss': [2, 1]})")
        assert kind == "execute_result"
    assert run(count)[0][1] == before
    assert run("_")[0][1] == run("show.guess(__)")[0][1] == alt  # the PNG is there to be shown again
    # Who gives a picture a name goes on with its figure.
    run("picture = show.curves({'loss': [2, 1]})\npicture")
    assert "Axes" in run("picture.figure.axes[0].set_title('mine').axes")[0][1]
    assert run("picture")[0][1] == alt


def test_a_script_is_told_in_plain_english_alone(tmp_path):
    code = """
        from course_lib.classroom import explain
        from course_lib import loops
        import torch
        loops.fit(torch.nn.Linear(2, 2), torch.ones(2, 2), epochs=1)
        torch.nn.functional.mse_loss(torch.rand(4, 1), torch.rand(4))
        torch.nn.Linear(784, 10)(torch.rand(3, 28))
    """
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8"
    )
    assert "mat1 and mat2" in done.stderr.splitlines()[-1]
    assert not DEVANAGARI.search(done.stdout + done.stderr)
    assert "layer reads" not in done.stdout + done.stderr
