"""Penalties and terms for a part of a batch, and one of three processes that have a part each.

A case is a function of (library, a critic's parameters, this device's part of the arrays, the argument that says which devices)
to a loss, or None where a device has its own, with another whose gradient is compared, and what is compared besides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch.distributed as dist

import ganloss_torch
from ganloss_torch._observe import calculus

SAMPLES, WIDTH, HIDDEN = 9, 4, 6
CUTS = {"5 + 3 + 1": (0, 5, 8, 9), "5 + 4 + 0": (0, 5, 9, 9)}
"""Where each process's samples begin and end; without weights both ways, with weights the first."""
PROCESSES = 3
RNG = np.random.default_rng(0)
PARAMETERS = [RNG.normal(size=size) for size in ((HIDDEN, WIDTH), (HIDDEN,), (HIDDEN,), ())]
# The last sample is the only one of the third process.
COUNTS = np.array([1, 2, 0, 1, 3, 0, 1, 1, 0])
ARRAYS = {name: RNG.normal(size=(SAMPLES, WIDTH)) for name in ("real", "fake", "noise")}
ARRAYS |= {"images_noise": RNG.normal(size=(SAMPLES, HIDDEN)), "same": np.ones((SAMPLES, WIDTH))}
ARRAYS |= {"mix": RNG.uniform(size=SAMPLES), "each": RNG.uniform(size=SAMPLES), "weight": COUNTS / 2.0}
ARRAYS |= {"mask": COUNTS > 0, "nothing": COUNTS > 9, "signs": COUNTS - 1.5}
CASES = {}
WEIGHTED = ("mask", "nothing", "weight")


@dataclass(frozen=True)
class Library:
    module: ModuleType
    calculus: Any
    array: Callable
    tanh: Callable
    slope: Callable
    """(function, x): the gradient of a function of one array."""

    def features(self, parameters, x):
        W1, b1, _, _ = parameters
        return self.tanh(x @ W1.T + b1[None])

    def critic(self, parameters):
        return lambda x: self.features(parameters, x) @ parameters[2] + parameters[3]


def slope(function, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(function(x), x)[0]


TORCH = Library(ganloss_torch, calculus, torch.from_numpy, torch.tanh, slope)


def penalty(name, *drawn, of="", real="real", fake="fake", weight=3.0, **settings):
    def case(library, parameters, x, several):
        seen = library.module.observe(library.critic(parameters), real=x[real], fake=x[fake], **several)
        given = {key: x[value] if key == "sample_weight" else value for key, value in settings.items()}
        factor = x[weight] if weight == "each" else weight
        return getattr(library.module, name)(seen, factor, **given, **{key: x[key] for key in drawn}), {}

    CASES[" ".join(filter(None, [name, of, settings.get("sample_weight")]))] = case


for weights in ({}, {"sample_weight": "weight"}):
    penalty("r1", **weights)
    penalty("r2", **weights)
    penalty("zero_centered", "mix", **weights)
    penalty("wgan_gp", "mix", **weights)
    penalty("wgan_lp", "mix", **weights)
    penalty("wgan_div", at="ends", **weights)
    penalty("dragan", "noise", **weights)
    penalty("max_gp", "mix", **weights)
    penalty("approximate_r1", "noise", **weights)
    penalty("approximate_r2", "noise", divide=False, **weights)
    penalty("gan_qp", **weights)
penalty("r1", sample_weight="mask")
penalty("max_gp", "mix", sample_weight="mask")
penalty("r1", sample_weight="nothing")
penalty("r1", of="summed", sample_weight="weight", reduction="sum")
penalty("r1", of="with a factor for each", weight="each")
penalty("max_gp", "mix", of="with ties", real="same", fake="same")


def drawn_dragan(library, parameters, x, several):
    halves = lambda shape, like, rng: library.array(np.full(shape, 0.5))
    with patch.dict(vars(library.calculus), uniform=halves):
        seen = library.module.observe(library.critic(parameters), real=x["real"], **several)
        return library.module.dragan(seen, 3.0), {}


CASES["dragan drawn"] = drawn_dragan


def logits(library, parameters, x, scale=1.0):
    critic = library.critic(parameters)
    return critic(scale * x["real"]), critic(scale * x["fake"])


def stateful(name, call, of="", **settings):
    def case(library, parameters, x, several):
        term = getattr(library.module, name)(**settings, **several)
        state, total = term.init("float64"), 0.0
        for scale in (1.0, 0.5):
            loss, state = call(term, state, library, parameters, x, scale)
            total = total + scale * loss
        return total, state

    CASES[" ".join(filter(None, [name, of]))] = case


def on_logits(weight=None):
    def call(term, state, library, parameters, x, scale):
        weights = {} if weight is None else {"real_weight": x[weight], "fake_weight": x["weight"]}
        return term.apply(state, *logits(library, parameters, x, scale), **weights)

    return call


def on_heads(term, state, library, parameters, x, scale):
    real, fake = logits(library, parameters, x, scale)
    return term.apply(state, [real, 2.0 * real], [fake, fake**2])


def on_latents(weight=None):
    def call(term, state, library, parameters, x, scale):
        weights = {} if weight is None else {"sample_weight": x[weight]}
        generator = lambda z: library.features(parameters, scale * z)
        return term.apply(state, generator, x["real"], noise=x["images_noise"], **weights)

    return call


def on_reals(weight=None):
    def call(term, state, library, parameters, x, scale):
        weights = {} if weight is None else {"real_weight": x[weight]}
        real, _ = logits(library, parameters, x, scale)
        p, state = term.apply(state, real.reshape(-1, 1) if weight is None else real, **weights)
        return p + 0.0 * (real**2).sum(), state

    return call


for weight in (None, "mask", "weight", "nothing"):
    stateful("AugmentationController", on_reals(weight), of=weight, target=0.25, kimg=0.02, interval=2, initial=0.5)
    stateful("MINE", on_logits(weight), of=weight, decay=0.5)
    stateful("LeCam", on_logits(weight), of=weight, weight=0.3, decay=0.9)
    stateful("BEGAN", on_logits(weight), of=weight, initial=0.3, rate=0.01)
    stateful("PathLength", on_latents(weight), of=weight, decay=0.3)
stateful("LeCam", on_logits("nothing"), "batch_mean nothing", weight=0.3, form="batch_mean")
stateful("LeCam", on_logits(), "batch_mean", weight=0.3, form="batch_mean", update="after", initial=0.5)
stateful("LeCam", on_heads, "of heads", weight=0.3, decay=0.9, heads=2)


def balancer(**settings):
    def case(library, parameters, x, several):
        module, output = library.module, library.features(parameters, x["real"])
        term = module.Balancer({"drift": 2.0, "consistency": 1.0}, total_norm=2.0, decay=0.9, **settings, **several)
        state = term.init("float64")
        for scale in (1.0, 0.5):
            losses = {
                "drift": lambda y, scale=scale: module.drift(scale * y, 1.0, **several),
                "consistency": lambda y: module.consistency(y, x["images_noise"], 1.0, **several),
            }
            combined, state = term.apply(state, {name: library.slope(loss, output) for name, loss in losses.items()})
        return None, (combined * output).sum(), state

    return case


def constrained(library, parameters, x, several):
    term = library.module.Multiplier(0.5, initial=0.25, **several)
    state, total = term.init("float64"), 0.0
    for scale in (1.0, 0.5):
        both = [library.module.drift(y, 0.5, **several) for y in logits(library, parameters, x, scale)]
        loss, state = term.apply(state, both[0] + both[1] - 1.0)
        total = total + loss
    return total, state


def normalised(library, parameters, x, several):
    module, output = library.module, library.features(parameters, x["real"])
    term = module.GradientNormalizer(decay=0.5, debias=True, **several)
    state, total = term.init("float64"), 0.0
    for scale in (1.0, 0.5):
        g, state = term.apply(state, library.slope(lambda y, scale=scale: module.drift(scale * y, 1.0, **several), output))
        total = total + (g * output).sum()
    return None, total, state


CASES |= {"Multiplier": constrained, "GradientNormalizer": normalised}
CASES["Balancer"] = balancer()
CASES["Balancer of whole arrays"] = balancer(per_sample=False)


def weighed(library, parameters, x, several):
    module, features, last = library.module, library.features(parameters, x["real"]), parameters[2]
    by_last = [library.slope(lambda w, b=b: module.drift(features @ w + b, 1.0, **several), last) for b in (0.0, 3.0)]
    return module.adaptive_weight(*by_last, **several) * module.drift(features @ last, 1.0, **several), {}


def weighed_parts(library, parameters, x, several):
    sharded = {"sharded": True} if several else {}
    factor = library.module.adaptive_weight(x["real"], x["fake"], **sharded, **several)
    return factor * library.module.drift(logits(library, parameters, x)[0], 1.0, **several), {}


CASES |= {"adaptive_weight": weighed, "adaptive_weight sharded": weighed_parts}


def matched(n=1, weight=None, **settings):
    def case(library, parameters, x, several):
        real, fake = ([library.features(parameters, scale * x[side]) for scale in range(1, n + 1)] for side in ("real", "fake"))
        weights = {} if weight is None else {"element_weight": [x[weight][:, None] + 0 * f for f in fake]}
        return library.module.feature_matching(real, fake, **weights, **settings, **several), {}

    return case


CASES |= {
    "feature_matching": matched(),
    "feature_matching of layers": matched(5, layers="sum", detach_real=False),
    "feature_matching weight": matched(2, "weight", distance="l2"),
    "feature_matching of means": matched(2, of_means=True, distance="l2"),
    "feature_matching relative": matched(5, distance="relative", detach_real=False),
    "feature_matching relative weight": matched(2, "weight", distance="relative"),
    "pulling_away": lambda f, p, x, s: (f.module.pulling_away(f.features(p, x["real"]), 2.0, **s), {}),
    "consistency": lambda f, p, x, s: (f.module.consistency(*logits(f, p, x), 2.0, **s), {}),
    "consistency mask": lambda f, p, x, s: (f.module.consistency(*logits(f, p, x), 2.0, element_weight=x["mask"], **s), {}),
    "drift of heads": lambda f, p, x, s: (f.module.drift(list(logits(f, p, x)), 2.0, **s), {}),
    "drift signs": lambda f, p, x, s: (f.module.drift(logits(f, p, x)[0], 2.0, element_weight=x["signs"], **s), {}),
    "drift weight": lambda f, p, x, s: (f.module.drift(logits(f, p, x)[0], 2.0, element_weight=x["weight"], **s), {}),
}


def values_of(name, library, parameters, x, several):
    """A loss to differentiate, and what is compared on each device: the loss, if it is that of all, and the state."""
    *loss, to_differentiate, state = CASES[name](library, parameters, x, several)
    return to_differentiate, {**({} if loss else {"loss": to_differentiate}), **state}


def of_part(name, x, several):
    """What is compared, and the gradient by all parameters, in PyTorch."""
    parameters = [TORCH.array(p).requires_grad_() for p in PARAMETERS]
    to_differentiate, values = values_of(name, TORCH, parameters, x, several)
    found = torch.autograd.grad(to_differentiate, parameters, allow_unused=True, materialize_grads=True)
    return {key: value.detach() for key, value in values.items()}, torch.cat([g.reshape(-1) for g in found])


def cases(cut):
    return [name for name in CASES if cut == "5 + 3 + 1" or not name.endswith(WEIGHTED)]


def run(rank, folder):
    """Every case for each way to cut the batch, with the average of all processes' gradients, saved."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=PROCESSES)
    found = {}
    for cut, bounds in CUTS.items():
        x = {key: TORCH.array(array[bounds[rank] : bounds[rank + 1]]) for key, array in ARRAYS.items()}
        for name in cases(cut):
            values, gradient = of_part(name, x, {"group": "world"})
            dist.all_reduce(gradient)
            found[cut, name] = values, gradient / PROCESSES
    torch.save(found, f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()
