"""One weight that meets a new input in every frame: laid out once, its gradient computed once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

# Rows that wait before they enter the weight's gradient: enough for an efficient product, little enough memory.
_ROWS_PER_PRODUCT = 2048


class RepeatedLinear:
    """``x [B, in] -> x @ weight.T [B, out]`` for a loop over frames; build it anew for every pass over a batch.

    Two costs of such a loop disappear. On the CPU the weight is put into oneDNN's own layout once instead of in
    every call, which halves the time of a product with few rows. And the weight's gradient is not accumulated
    frame by frame, which reads and writes the whole weight each time, but taken from all frames together.
    Under autocast the weight is converted once. With ``traceable`` it is plain autograd, which torch.compile follows.
    """

    def __init__(self, weight: Tensor, traceable: bool = False) -> None:
        device = weight.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weight.dtype
        self.traceable = traceable
        self.data = weight.to(dtype) if traceable else weight.detach().to(dtype)
        self.learns = weight.requires_grad and torch.is_grad_enabled() and not traceable
        self.anchor = _Anchor.apply(weight, self) if self.learns else weight
        self._layouts: dict[bool, Tensor | None] = {}
        self._waiting: list[tuple[Tensor, Tensor]] = []
        self._gradient: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        if self.traceable:
            return F.linear(x.to(self.data.dtype), self.data)
        return _Product.apply(self.anchor, x, self)

    def product(self, x: Tensor) -> Tensor:
        """``x [B, in] @ weight.T``, outside autograd."""
        return self._multiply(x, transposed=False)

    def transposed_product(self, gradient: Tensor) -> Tensor:
        """``gradient [B, out] @ weight``, the gradient of the input."""
        return self._multiply(gradient, transposed=True)

    def collect(self, x: Tensor, gradient: Tensor) -> None:
        """Remember one frame's part in the gradient of the weight."""
        if not self.learns:
            return
        self._waiting.append((x.to(self.data.dtype), gradient.to(self.data.dtype)))
        if len(self._waiting) * x.shape[0] >= _ROWS_PER_PRODUCT:
            self._work_off()

    def take_gradient(self) -> Tensor | None:
        """The gradient of the weight from everything collected, ``[out, in]``; forgets it."""
        self._work_off()
        gradient, self._gradient = self._gradient, None
        return gradient

    def _work_off(self) -> None:
        if not self._waiting:
            return
        inputs, gradients = (torch.cat(part) for part in zip(*self._waiting, strict=True))
        self._waiting = []
        product = (gradients.t() @ inputs).float()
        self._gradient = product if self._gradient is None else self._gradient.add_(product)

    def _multiply(self, x: Tensor, transposed: bool) -> Tensor:
        if transposed not in self._layouts:
            self._layouts[transposed] = _blocked(self.data.t().contiguous() if transposed else self.data)
        blocked = self._layouts[transposed]
        x = x.to(self.data.dtype)
        if blocked is not None:
            return torch.ops.mkldnn._linear_pointwise(x, blocked, None, "none", [], "")
        return x @ self.data if transposed else F.linear(x, self.data)


def _blocked(weight: Tensor) -> Tensor | None:
    """The weight in oneDNN's layout; None where this build of torch or this device has none."""
    if weight.device.type != "cpu" or not torch.backends.mkldnn.enabled or not _onednn_multiplies(weight.dtype):
        return None
    return torch.ops.mkldnn._reorder_linear_weight(weight.contiguous())


def _onednn_multiplies(dtype: torch.dtype) -> bool:
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())


class _Anchor(torch.autograd.Function):
    """The identity on the weight; its backward runs after that of every frame and hands over what they collected."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, linear: RepeatedLinear) -> Tensor:
        ctx.linear, ctx.dtype = linear, weight.dtype
        ctx.set_materialize_grads(False)
        return weight.view_as(weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None]:
        gradient = ctx.linear.take_gradient()
        return (None if gradient is None else gradient.to(ctx.dtype)), None


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchor: Tensor, x: Tensor, linear: RepeatedLinear) -> Tensor:
        ctx.linear = linear
        ctx.save_for_backward(x)
        return linear.product(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None]:
        (x,) = ctx.saved_tensors
        ctx.linear.collect(x, gradients[0])
        return None, ctx.linear.transposed_product(gradients[0]).to(x.dtype), None
