"""`python -m course_lib.train`: trains every lesson's models as the lessons do, goes on after an interruption, and says
clearly what it cannot do; two processes make the same model as one, with less work for each."""

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, load_model

from course_lib import __version__, command, data, judge, metrics, numbers, recipes
from course_lib.command import main
from course_lib.duel import duel
from course_lib.models import gan
from course_lib.models.autoencoders import Autoencoder
from course_lib.train import fit

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}


@pytest.fixture
def little_data(monkeypatch):
    """A few digits and a few number words, so that every model is quick to train and to measure."""
    whole, words = data.mnist(), numbers.number_words
    train, test = (
        data.Split(*(part[:count] for part in split)) for split, count in ((whole.train, 300), (whole.test, 100))
    )
    monkeypatch.setattr(data, "mnist", lambda source, device: data.DataSet(train, test, "a few digits"))
    monkeypatch.setattr(numbers, "number_words", lambda train, longest: words(train=500, test=20, longest=longest))


def contents(file):
    """Everything but the order of the metadata, which safetensors leaves to chance."""
    with safe_open(file, "pt") as kept:
        return kept.metadata(), {key: value.numpy().tobytes() for key, value in load_file(file).items()}


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_model_is_trained_measured_and_written(name, little_data, tmp_path, capsys):
    file = tmp_path / "weights.safetensors"
    trained = main([name, "--steps", "6", "--seed", "3", "--out", str(file)])
    recipe = recipes.find(name)
    task = recipe.task("packaged", torch.device("cpu"))
    torch.manual_seed(3)
    made = recipe.make(task)
    model = made[0] if recipe.loop is duel else made
    before = {key: value.clone() for key, value in model.state_dict().items()}
    load_model(model, file)  # strict: no name may be missing or left over
    for key, value in model.state_dict().items():
        assert torch.equal(value, trained.state_dict()[key])
    assert any(not torch.equal(value, before[key]) for key, value in model.state_dict().items())

    english, hindi = capsys.readouterr().out.splitlines()[-2:]
    figure = float(english.split(": ")[1].split(". The")[0])
    assert math.isfinite(figure)
    assert figure == pytest.approx(task.measure(model.eval()), rel=1e-3)  # printed with four digits
    assert str(file) in hindi
    assert "अनदेखे data पर" in hindi
    with safe_open(file, "pt") as kept:
        told = kept.metadata()
    assert told.items() >= {"model": name, "steps": "6", "seed": "3", "course_lib": __version__}.items()
    assert told["data"].startswith(("a few digits", "number words 500 + 20"))
    assert [path.name for path in tmp_path.iterdir()] == ["weights.safetensors"]


def test_it_is_the_lessons_training(tmp_path):
    digits, weights = data.mnist(), tmp_path / "a.safetensors"
    main(["autoencoder", "--epochs", "2", "--out", str(weights)])
    torch.manual_seed(0)
    model = Autoencoder()
    list(fit(model, digits.train.images, epochs=2, lr=5e-3))
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in load_file(weights).items())
    with safe_open(weights, "pt") as kept:
        figure = float(kept.metadata()["held_out"].rpartition(" ")[2])
    error = metrics.reconstruction_error(metrics.through(model, digits.test.images), digits.test.images)
    assert figure == pytest.approx(error, rel=1e-3)

    main(["gan-deep", "--epochs", "1", "--out", str(weights)])
    torch.manual_seed(0)
    pair = gan.pair("deep")
    *_, last = duel(*pair, gan.to_tanh(digits.train.images), steps=4000 // 64, batch_size=64, lr=2e-4)
    assert all(torch.equal(value, last.generator.state_dict()[key]) for key, value in load_file(weights).items())
    z = gan.noise(last.generator, 1000, torch.Generator().manual_seed(0))
    made = judge.features(gan.from_tanh(metrics.through(last.generator, z)))
    with safe_open(weights, "pt") as kept:
        figure = float(kept.metadata()["held_out"].rpartition(" ")[2])
    assert figure == pytest.approx(metrics.frechet_distance(made, judge.features(digits.test.images)), rel=1e-3)


@pytest.mark.parametrize("name", ["vae", "gan-conv"])
def test_the_same_command_goes_on_where_it_was_interrupted(name, little_data, tmp_path, monkeypatch, capsys):
    whole, file = tmp_path / "whole.safetensors", tmp_path / "weights.safetensors"
    main([name, "--epochs", "4", "--out", str(whole)])
    told, lines = command.told, []

    def stop_in_the_third(*step):
        lines.append(step)
        if len(lines) == 3:
            raise KeyboardInterrupt
        return told(*step)

    monkeypatch.setattr(command, "told", stop_in_the_third)
    with pytest.raises(SystemExit) as stopped:
        main([name, "--epochs", "4", "--out", str(file)])
    assert "Run the same command again" in str(stopped.value)
    assert "दोबारा चलाइए" in str(stopped.value)
    state = tmp_path / "weights.state.safetensors"
    assert state.exists()
    assert not file.exists()

    with pytest.raises(SystemExit, match="there epochs=4, here epochs=5"):
        main([name, "--epochs", "5", "--out", str(file)])
    capsys.readouterr()
    main([name, "--epochs", "4", "--out", str(file)])
    out = capsys.readouterr().out
    assert f"Found {state}" in out
    assert "वहीं से आगे" in out
    assert len(lines) == 4  # the fourth epoch alone came after the interruption
    assert contents(file) == contents(whole)
    assert not state.exists()


def test_processes_with_different_data_are_refused(little_data, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "gathered", lambda mine: [mine, mine + 1])
    with pytest.raises(SystemExit, match=r"different data: \[300, 301\] rows"):
        main(["vae", "--epochs", "1", "--out", str(tmp_path / "weights.safetensors")])
    assert not list(tmp_path.iterdir())


def test_a_killed_process_loses_one_epoch_at_most(tmp_path):
    """SIGKILL leaves no time for tidying up; what remains must do."""
    file = tmp_path / "weights.safetensors"
    arguments = ["autoencoder", "--epochs", "12", "--out", str(file)]
    start = [sys.executable, "-m", "course_lib.train", *arguments]
    with subprocess.Popen(start, env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        for line in process.stdout:
            if line.startswith("epoch 3/12"):
                process.send_signal(signal.SIGKILL)
                break
    assert process.wait() == -signal.SIGKILL
    assert not file.exists()
    with safe_open(tmp_path / "weights.state.safetensors", "pt") as kept:
        assert int(kept.metadata()["step"]) >= 3 * 63  # the process may have got further before the signal came
    main(arguments)
    whole = tmp_path / "whole.safetensors"
    main([*arguments[:-1], str(whole)])
    assert contents(file) == contents(whole)


def test_torchrun_makes_the_model_of_one_process(tmp_path):
    two, one = tmp_path / "two.safetensors", tmp_path / "one.safetensors"
    arguments = ["autoencoder", "--steps", "20", "--lr", "1e-3", "--out"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--local-addr", "127.0.0.1"]
    torchrun += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "-m", "course_lib.train"]
    done = subprocess.run(
        [*torchrun, *arguments, str(two)],
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=240,
    )
    assert done.stdout.count("epoch 1/1") == 1  # one process speaks for both
    assert "processes: 2" in done.stdout
    main([*arguments, str(one)])
    for key, value in load_file(one).items():
        # The same sums in another order. Adam divides a gradient by its own size, so rounding moves a weight whose
        # gradient is next to nothing by up to a whole step of 1e-3; the others agree far more closely.
        difference = (value - load_file(two)[key]).abs()
        assert difference.max() < 2e-3
        assert difference.mean() < 1e-5


def test_each_of_two_processes_has_less_to_do():
    """The speed-up, counted in operations, for a clock would tell how busy this machine is; `make bench` takes time."""
    script = [sys.executable, str(ROOT / "benchmarks" / "two_processes.py"), "--count", "--repeats", "1"]
    done = subprocess.run(script, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=True, timeout=240)
    [[one], [two]] = json.loads(done.stdout).values()
    assert two == one / 2  # 256 images a step in one process, 128 in each of two


@pytest.mark.parametrize(
    ("arguments", "english", "hindi"),
    [
        (["gna", "--out", "a.safetensors"], "no model 'gna'; give one of translator-gru", "नाम का कोई model नहीं है"),
        (["vae", "--out", "missing/a.safetensors"], "missing/a.safetensors (No such file", "जो मौजूद हो"),
        (["vae", "--out", "/proc/a.safetensors"], "/proc/a.safetensors (No such file", "जिसमें आप लिख सकते हों"),
        (["vae", "--out", "a.pt"], "a.pt (.pt)", ".safetensors पर ख़त्म हो"),
        (["vae", "--out", "folder.safetensors"], "(Is a directory)", "में नहीं लिखा जा सकता"),
        (["vae", "--out", "file.txt/a.safetensors"], "(Not a directory)", "में नहीं लिखा जा सकता"),
        (["vae"], "arguments are required: --out", "Options समझ में नहीं आए"),
        (["vae", "--epochs", "many", "--out", "a.safetensors"], "'many'", "Options समझ में नहीं आए"),
        (["vae", "--epochs", "1", "--steps", "1", "--out", "a.safetensors"], "not allowed with", "Options"),
        (["vae", "--epochs", "0", "--out", "a.safetensors"], "--epochs 0: give", "--epochs 0: 0 से बड़ी"),
        (["gan-deep", "--steps", "-1", "--out", "a.safetensors"], "--steps -1: give", "0 से बड़ी"),
        (["vae", "--batch-size", "0", "--out", "a.safetensors"], "--batch-size 0: give", "0 से बड़ी"),
        (["vae", "--lr", "nan", "--out", "a.safetensors"], "--lr nan: give", "0 से बड़ी"),
        (["translator-gru", "--data", "full", "--out", "a.safetensors"], "--data full: this model", "--data हटा दीजिए"),
    ],
)
def test_what_cannot_be_done_is_refused_before_training(arguments, english, hindi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "file.txt").touch()
    monkeypatch.setattr(torch.optim, "Adam", None)  # no loop can begin
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert english in str(refused.value).splitlines()[0]
    assert hindi in str(refused.value).splitlines()[1]
    assert {path.name for path in tmp_path.iterdir()} == {"folder.safetensors", "file.txt"}


def test_a_damaged_state_is_refused(little_data, tmp_path):
    state = tmp_path / "a.state.safetensors"
    state.write_bytes(b"not a state")
    with pytest.raises(SystemExit, match="Delete it, or choose another --out") as refused:
        main(["autoencoder", "--epochs", "2", "--out", str(tmp_path / "a.safetensors")])
    assert str(state) in str(refused.value)
    assert list(tmp_path.iterdir()) == [state]
    assert state.read_bytes() == b"not a state"


def test_a_loss_that_is_no_number_is_told(little_data, tmp_path):
    with pytest.raises(SystemExit, match="use a smaller lr than 1e\\+30") as stopped:
        main(["autoencoder", "--epochs", "9", "--lr", "1e30", "--out", str(tmp_path / "a.safetensors")])
    assert "छोटा कीजिए" in str(stopped.value)
