"""`python -m course_lib.cli.train` goes on after an interruption and says clearly what it cannot do; two processes
train one model."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from one_of_two import whole_batches
from safetensors import safe_open
from safetensors.torch import load_file, load_model

from course_lib import data
from course_lib.classroom import show
from course_lib.cli import recipes, train
from course_lib.cli.train import main
from course_lib.loops import fit

HERE = Path(__file__).parent


def contents(file):
    """Everything but the order of the metadata, which safetensors leaves to chance."""
    with safe_open(file, "pt") as kept:
        return kept.metadata(), {key: value.numpy().tobytes() for key, value in load_file(file).items()}


def test_the_same_command_goes_on_where_it_was_interrupted(little_data, tmp_path, monkeypatch, capsys):
    whole, file, state = (tmp_path / name for name in ("a.safetensors", "b.safetensors", "b.state.pt"))
    main(["vae", "--epochs", "4", "--out", str(whole)])
    recipe, task = recipes.RECIPES["vae"], recipes.RECIPES["vae"].task("packaged", torch.device("cpu"))
    torch.manual_seed(0)
    model = recipe.make(task)
    list(fit(model, *task.train, **recipe.settings | {"epochs": 4}))  # it is the lesson's training
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in load_file(whole).items())

    say, lines = train.say, []

    def stop_in_the_third(line):
        lines.append(line)
        if line.startswith("3/4"):
            raise KeyboardInterrupt
        say(line)

    monkeypatch.setattr(train, "say", stop_in_the_third)
    with pytest.raises(SystemExit, match="Run the same command again"):
        main(["vae", "--epochs", "4", "--out", str(file)])
    assert state.exists()
    assert not file.exists()
    with pytest.raises(SystemExit, match="there epochs=4, here epochs=5"):
        main(["vae", "--epochs", "5", "--out", str(file)])
    capsys.readouterr()
    main(["vae", "--epochs", "4", "--out", str(file)])
    out = capsys.readouterr().out
    assert f"Found {state}" in out
    assert "वहीं से आगे" in out
    assert [line.split()[0] for line in out.splitlines() if "/4 " in line] == ["4/4"]
    assert contents(file) == contents(whole)
    assert not state.exists()


def test_what_the_page_on_serving_does_with_the_weights(little_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained, images = main(["vae", "--epochs", "1", "--out", "vae.safetensors"]), data.mnist().train.images
    main(["gan-dcgan", "--steps", "1", "--out", "gan.safetensors"])
    page = (HERE.parents[1] / "docs" / "serving.md").read_text(encoding="utf-8")
    drawn, names = [], {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        monkeypatch.setattr(show, "sheet", drawn.append)
        exec(block.replace("steps=900", "steps=2"), names)
    assert [x.shape for x in drawn] == [(20, 1, 28, 28)] * 3
    assert all(0 <= x.min() <= x.max() <= 1 for x in drawn)
    assert not names["vae"].training
    assert not names["generator"].training
    assert names["vae"].loss(images)[0] < 0.8 * trained.loss(images)[0]  # it went on
    load_model(trained, "vae_longer.safetensors")
    assert all(torch.equal(value, trained.state_dict()[key]) for key, value in names["vae"].state_dict().items())


def test_a_file_that_will_be_replaced_is_told_of_before_training(little_data, tmp_path, capsys):
    file = tmp_path / "a.safetensors"
    main(["vae", "--epochs", "1", "--out", str(file)])
    assert "Ctrl-C" not in capsys.readouterr().out
    main(["vae", "--epochs", "1", "--out", str(file)])
    _, _, english, hindi, first, *_ = capsys.readouterr().out.splitlines()
    assert english.startswith(f"{file} is there already. This run begins from nothing")
    assert "शुरू से चलेगी" in hindi
    assert first.startswith("1/1 ")


@pytest.mark.filterwarnings("always")  # else what our own code warns of is an error here
def test_the_device_is_the_best_that_works_or_the_one_chosen(little_data, tmp_path, monkeypatch, capsys):
    for name, value in (("is_available", True), ("get_device_capability", (6, 1)), ("get_arch_list", ["sm_75"])):
        monkeypatch.setattr(torch.cuda, name, lambda value=value: value)
    monkeypatch.setattr(train, "train_from", None)  # torch would look for the card itself
    command = ["autoencoder", "--out", str(tmp_path / "a.safetensors")]
    with pytest.raises(TypeError):
        main(command)
    own, english, hindi, started, *_ = capsys.readouterr().out.splitlines()
    assert own.endswith("(it has sm_75): taking the CPU")
    assert "The CPU does the work" in english
    assert "काम CPU करेगा" in hindi
    assert started.endswith("processes: 1, cpu")
    with pytest.raises(TypeError):
        main([*command, "--device", "cpu"])
    assert capsys.readouterr().out.startswith("Training autoencoder: a few digits, processes: 1, cpu")


@pytest.mark.parametrize(
    ("arguments", "english", "hindi"),
    [
        (["gna", "--out", "a.safetensors"], "invalid choice: 'gna'", "Options समझ में नहीं आए"),
        (["vae", "--device", "gpu", "--out", "a.safetensors"], "invalid choice: 'gpu'", "Options समझ में नहीं आए"),
        (["vae", "--out", "missing/a.safetensors"], "Cannot write to --out", "जो मौजूद हो"),
        (["vae", "--out", "a.pt"], "Cannot write to --out a.pt", ".safetensors पर ख़त्म हो"),
        (["vae", "--steps", "1", "--out", "a.safetensors"], "vae has no --steps", "Options समझ में नहीं आए"),
        (["vae", "--epochs", "0", "--out", "a.safetensors"], "--epochs 0: give", "--epochs 0: 0 से बड़ी"),
        (
            ["vae", "--seed", "9" * 30, "--out", "a.safetensors"],
            "give a number from 0 to 4294967295",
            "तक की संख्या दीजिए",
        ),
        (["vae", "--lr", "nan", "--out", "a.safetensors"], "--lr nan: give", "0 से बड़ी"),
        (["translator-gru", "--data", "full", "--out", "a.safetensors"], "--data full: this model", "--data हटा दीजिए"),
    ],
)
def test_what_cannot_be_done_is_refused_before_training(arguments, english, hindi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "train_from", None)  # no loop can begin
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert english in str(refused.value).splitlines()[0]
    assert hindi in str(refused.value).splitlines()[1]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has an mps device")
def test_a_device_that_is_not_there_is_told_with_a_way_out(little_data, tmp_path):
    with pytest.raises(SystemExit, match="no GPU that PyTorch can use") as stopped:
        main(["vae", "--device", "mps", "--out", str(tmp_path / "a.safetensors")])
    assert "--device cpu" in str(stopped.value)


def test_several_processes_do_not_meet_on_apples_gpu(little_data, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "join", lambda: (0, 2))
    with pytest.raises(SystemExit, match="--device cpu"):
        main(["vae", "--device", "mps", "--out", str(tmp_path / "a.safetensors")])


def test_a_loss_that_is_no_number_is_told_in_both_languages(little_data, tmp_path):
    with pytest.raises(SystemExit, match="training diverged") as stopped:
        main(["autoencoder", "--lr", "1e30", "--out", str(tmp_path / "a.safetensors")])
    assert "lr" in str(stopped.value).splitlines()[-1]
    assert len(str(stopped.value).splitlines()) > 1


def test_two_processes_train_one_model(tmp_path):
    """Both end with the same weights, those of one process where the batch is the same; the command writes them."""
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--local-addr", "127.0.0.1"]
    torchrun += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", HERE / "one_of_two.py", tmp_path]
    quiet = {"GLOO_SOCKET_IFNAME": "lo", "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *torchrun], env=os.environ | quiet, capture_output=True, encoding="utf-8", timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("1/1 ") == 1  # one process speaks for both
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert not torch.equal(first.pop("z")["first"], second.pop("z")["first"])  # but each has noise of its own
    for what, weights in first.items():
        for name, value in weights.items():
            assert torch.equal(value, second[what][name]), (what, name)
    for name, value in whole_batches(0, 1).state_dict().items():  # the same sums in another order
        assert torch.allclose(value, first["fit"][name], atol=1e-5), name
    for name, value in load_file(tmp_path / "command.safetensors").items():
        assert torch.equal(value, first["command"][name])
