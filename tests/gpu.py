"""A stand-in for Apple's GPU, which has no float64, on machines without one."""

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

# What takes tensors of both sides: it brings one over, or looks up places of one by the numbers of the other.
MEET = {"to", "copy_", "__getitem__", "__setitem__"}


class OnGPU(Tensor):
    """Refuses what a tensor there refuses: float64, NumPy, tensors on the CPU. `.cpu()` brings it over."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name, given = function.__name__, tree_leaves((args, kwargs or {}))
        if name == "__deepcopy__":
            return on_gpu(args[0].detach().clone()).requires_grad_(args[0].requires_grad)
        if name in ("numpy", "__array__"):
            raise TypeError("can't convert mps:0 device type tensor to numpy")
        if name not in MEET and any(type(x) in (Tensor, nn.Parameter) and x.dim() for x in given):
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices")
        made = super().__torch_function__(function, types, args, kwargs or {})
        if name == "cpu" or (name == "to" and (type(given[1]) is Tensor or "cpu" in map(str, given))):
            return made.as_subclass(Tensor)
        if any(isinstance(x, Tensor) and x.dtype == torch.float64 for x in tree_leaves(made)):
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return made


def on_gpu(x):
    """A tensor, or a network with all that it holds, moved to the stand-in."""
    if isinstance(x, Tensor):
        moved = x.detach().as_subclass(OnGPU)
        return nn.Parameter(moved, x.requires_grad) if isinstance(x, nn.Parameter) else moved
    for part in x.modules():
        for held in (part._parameters, part._buffers):
            held.update({name: on_gpu(t) for name, t in held.items() if t is not None})
    return x
