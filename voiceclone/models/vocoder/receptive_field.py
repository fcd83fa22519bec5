"""How far a generator sees: the span of inputs on which a span of outputs depends, layer by layer, backwards."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Positions ``first`` to ``last`` of a sequence, both included, counted from the frame in question."""

    first: int
    last: int

    def before_conv(self, kernel_size: int, dilation: int = 1) -> Span:
        """The inputs of a centred convolution whose outputs are this span."""
        reach = (kernel_size - 1) // 2 * dilation
        return Span(self.first - reach, self.last + reach)

    def before_upsampling(self, kernel_size: int, stride: int, padding: int) -> Span:
        """The inputs of a transposed convolution whose outputs are this span: i feeds i * stride - padding + k."""
        return Span(-((kernel_size - 1 - padding - self.first) // stride), (self.last + padding) // stride)

    @property
    def width(self) -> int:
        """Frames seen when the further side counts for both: an odd number, ``2 * context + 1``."""
        return 2 * max(-self.first, self.last) + 1
