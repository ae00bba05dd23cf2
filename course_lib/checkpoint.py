"""What a training loop needs to go on after an interruption: kept in one safetensors file, numbers and no code."""

import hashlib
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from course_lib.language import message
from course_lib.processes import gathered, processes

Part = nn.Module | torch.optim.Optimizer | torch.Generator


class Checkpoint:
    """Given to `train.fit` or `duel`, keeps the run in a file; the same call later goes on from there.

    file: there from the end of the first epoch on; whoever has saved the weights calls `remove`
    settings: what makes this run what it is, beside the arguments of the loop; the state of another run is refused
    The run that goes on ends with the weights of one that was never interrupted, to the last bit on a CPU. Under
    torchrun all processes must see the file. Taught in: docs/serving
    """

    def __init__(self, file: Path | str, **settings: object):
        self.file = Path(file)
        self.settings = {name: str(value) for name, value in settings.items()}
        self._parts: dict[str, Part] = {}

    def restore(self, arguments: dict[str, object], **parts: Part) -> int:
        """Called by the loop at its start: its parts as they were kept, and how many steps are done; 0 without a file.

        arguments: what the loop was called with; these settings, too, must be those of the run that was kept
        raises: ValueError where the file is damaged or of another run; nothing has changed then
        """
        self.settings |= {name: str(value) for name, value in arguments.items()}
        self._parts = parts
        if not self.file.exists():
            return 0
        told, tensors = self._read()
        for name, value in self.settings.items():
            if told.get(name) != value:
                text = message("error_other_run", file=self.file, name=name, kept=told.get(name), here=value)
                raise ValueError(text)
        for name, part in parts.items():
            for key, t in part.state_dict().items() if isinstance(part, nn.Module) else ():
                kept, here = (tuple(x.shape) if x is not None else x for x in (tensors.get(f"{name}:{key}"), t))
                if kept != here:
                    raise ValueError(message("error_other_run", file=self.file, name=key, kept=kept, here=here))
        for name, part in parts.items():
            _put(part, {key.removeprefix(f"{name}:"): t for key, t in tensors.items() if key.startswith(f"{name}:")})
        rank, _ = processes()
        for name, source in self._chances().items():
            source.set_rng_state(tensors[f"torch:{name}.{rank}"])
        return int(told["step"])

    def save(self, step: int) -> None:
        """Called by the loop at the end of an epoch; `step` is how many are done.

        raises: OSError where the file cannot be written; the last one is still there
        """
        tensors = {f"{name}:{key}": t for name, part in self._parts.items() for key, t in _tensors(part).items()}
        for name, source in self._chances().items():
            for rank, state in enumerate(gathered(source.get_rng_state())):
                tensors[f"torch:{name}.{rank}"] = state
        if processes()[0] == 0:
            told = self.settings | {"step": str(step)}
            write(self.file, tensors, told | {"sha256": _digest(tensors, told)})

    def remove(self) -> None:
        """The run is over: its state is needed no more."""
        if processes()[0] == 0:
            self.file.unlink(missing_ok=True)

    def _read(self) -> tuple[dict[str, str], dict[str, Tensor]]:
        try:
            with safe_open(self.file, "pt") as kept:
                told, tensors = kept.metadata() or {}, {key: kept.get_tensor(key) for key in kept.keys()}  # noqa: SIM118
            if told.pop("sha256", None) == _digest(tensors, told):
                return told, tensors
            reason = "SHA-256"
        except (SafetensorError, OSError) as error:
            reason = error
        raise ValueError(message("error_state", file=self.file, reason=reason))

    def _chances(self) -> dict:
        """Where torch draws random numbers: the CPU's, and those of the device on which the models are."""
        models = [part for part in self._parts.values() if isinstance(part, nn.Module)]
        device = next(models[0].parameters()).device.type
        return {"cpu": torch} if device == "cpu" else {"cpu": torch, device: torch.get_device_module(device)}


def write(file: Path, tensors: dict[str, Tensor], told: dict[str, str]) -> None:
    """Write a safetensors file, all of it or nothing: a reader finds the old file until the new one is complete.

    told: the file's metadata
    raises: OSError naming the file, such as for a full disk
    """
    # Copies: safetensors refuses tensors that share memory, as tied weights do.
    tensors = {name: t.detach().cpu().clone(memory_format=torch.contiguous_format) for name, t in tensors.items()}
    part = file.with_name(file.name + ".part")  # always the same name: what a killed run left is written over
    try:
        with part.open("wb") as stream:
            stream.write(save(tensors, told))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(message("error_write", file=file, reason=error.strerror)) from error


def _tensors(part: Part) -> dict[str, Tensor]:
    if isinstance(part, torch.Generator):
        return {"state": part.get_state()}
    if isinstance(part, torch.optim.Optimizer):
        kept = part.state_dict()["state"]  # {number of the weight: {name: tensor}}
        return {f"{number}.{name}": t for number, states in kept.items() for name, t in states.items()}
    return part.state_dict()


def _put(part: Part, tensors: dict[str, Tensor]) -> None:
    """The reverse of `_tensors`."""
    if isinstance(part, torch.Generator):
        part.set_state(tensors["state"])
    elif isinstance(part, torch.optim.Optimizer):
        kept = {}
        for key, t in tensors.items():
            number, name = key.split(".")
            kept.setdefault(int(number), {})[name] = t
        part.load_state_dict(part.state_dict() | {"state": kept})
    else:
        part.load_state_dict(tensors)


def _digest(tensors: dict[str, Tensor], told: dict[str, str]) -> str:
    """A bit that fell over on the disk would go on training unseen: safetensors checks only its header."""
    digest = hashlib.sha256(repr(sorted(told.items())).encode())
    for name, t in sorted(tensors.items()):
        digest.update(name.encode() + t.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
