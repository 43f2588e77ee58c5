"""The function that users call for a critic's outputs, and for what penalties need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Never

from ganloss_core.engine.backend import named_as_called
from ganloss_core.engine.devices import devices_in
from ganloss_core.terms.calculus import Calculus, Critic
from ganloss_core.terms.charges import Charges
from ganloss_core.terms.observe import Observation, Outputs, SideName, observed
from ganloss_core.terms.steps import Asked
from ganloss_core.words.ops import A

Arguments = Sequence[Any] | Mapping[str, Any]


@named_as_called
class Observing(Generic[A]):
    """`observe`, for the library of a `Calculus`."""

    def __init__(self, calculus: Calculus[A]) -> None:
        self._calculus, self._charges = calculus, Charges(calculus)

    def observe(
        self,
        critic: Critic,
        *by_keyword: Never,
        real: Any = None,
        fake: Any = None,
        real_args: Arguments = (),
        fake_args: Arguments = (),
        joint: bool = False,
        outputs: Outputs = "sum",
        first: SideName = "real",
        anchor: bool | None = None,
        differences: float | Mapping[SideName, float] | None = None,
        fraction: float = 1.0,
        noise: Mapping[SideName, Any] | None = None,
        rng: Any = None,
        **devices: Any,
    ) -> Observation[A]:
        """Run a critic once on each side, for a loss and its penalties together.

        `loss.discriminator(seen.real, seen.fake) + r1(seen, 10.0) + r2(seen, 10.0)` has two forwards in all. Gradients by the
        input are computed when a penalty asks for them, once.

        Arguments:
            critic: a function or module `(x, *args) -> logits`, or `-> (logits, features)`; logits are an array with samples
                along the first axis, or a list or dict of such. In JAX a pure function, with its parameters closed over.
            real: reals, a floating-point array with samples along the first axis; or a list, tuple or dict of such, such as an
                image at two resolutions: the critic gets the structure, and the norm is over all of it.
            fake: fakes likewise; in PyTorch, in D's step, detached.
            real_args: what the critic takes besides the reals, such as their labels: a sequence, or a dict by name.
            fake_args: the same for fakes. At points between and around the critic gets the reals'.
            joint: run the critic on both sides in one batch, which changes what it computes from a batch, as BatchNorm does.
            outputs: the gradient is that of the "sum" of a sample's outputs (patches, heads), of their "mean", or of the sum
                of "each" head's apart, of whose penalties it is then the mean over the heads.
            first: the side on which the critic runs first, for one that draws random numbers or keeps something.
            anchor: whether a penalty gives every parameter a gradient, if only 0, also those that it does not depend on, such
                as the last bias. None: where `torch.distributed` is initialised, since DDP waits for all of them. Where a
                penalty is a step of its own, Adam counts a step with zeros, and skips one without gradient.
            differences: the sigma of `approximate_r1` and `approximate_r2`, whose points then go through the critic in one
                batch with the samples; a number, or a dict by side. With `joint` a step of D is one call of the critic. It may
                draw no random numbers, and a penalty of the gradient runs it again.
            fraction: which share of each side the points are, as in `approximate_r1`.
            noise: the standard normal numbers of the points, a dict by side, each in the shape of that input.
            rng: what to draw them with if they are not given, as in `wgan_gp`.
            group: in PyTorch, the devices whose samples are one batch: a `ProcessGroup`, a `DeviceMesh` of one dimension, or
                "world". A penalty is then that of all samples, also where batches are uneven, on every device, and the mean
                of the devices' parameter gradients is its gradient. A device may have no samples if the critic takes none.
            axis_name: the same in JAX, the name, or a tuple of names, of axes of `shard_map`, `pmap` or `vmap`.

        In PyTorch these forwards update what a module keeps (running means), the further passes of a penalty do not. Penalties
        use double backward; in a step for `torch.compile`, and under `torch.func`, the same call goes through `torch.func.vjp`,
        in one graph: compile the step, not the critic. There a critic must not update buffers, as BatchNorm in training does.
        In JAX what is returned belongs to one trace: make and use it inside the function that is differentiated.

        Raises TypeError for no side, an input that is not floating point, and arguments without their side; ValueError for
        shapes that do not fit, for logits that are not one or more for each sample, and for a critic that draws random numbers
        where it must not; RuntimeError under `torch.no_grad()`, but with `differences`.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> loss = gan.GANLoss("hinge")
        >>> (loss.discriminator(seen.real, seen.fake) + gan.r1(seen, 1.0)).item()
        7.0
        """
        if by_keyword:
            raise TypeError("gan.observe takes reals and fakes by keyword: gan.observe(critic, real=..., fake=...)")
        several = devices_in(self._calculus.backend, "observe", devices)
        given, asked = {"real": (real, real_args), "fake": (fake, fake_args)}, Asked(differences, fraction, noise, rng)
        return observed(self._calculus, critic, given, joint, outputs, first, anchor, asked, several)
