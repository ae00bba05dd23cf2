"""What every measure does first."""

import numpy as np
import torch
from torch import Tensor


def doubles(x: Tensor | np.ndarray) -> Tensor:
    """The same numbers in float64 on the CPU: Apple's GPUs have no float64, and NumPy no bfloat16."""
    return torch.as_tensor(x).detach().cpu().double()
