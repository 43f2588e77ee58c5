"""Of each recipe, which arguments of its witness are which of the Objective's, for `test_recipes`.

A case's functions take the inputs of `recipe_inputs`, in PyTorch or JAX, as a namespace: with `of_critic`, the critic's
parameters by name, and `last`, which takes channels from PyTorch's place to the end.
"""

import inspect
from dataclasses import dataclass, field
from types import SimpleNamespace

import jax.numpy as jnp
import torch

import witnesses_recipes_audio as audio
import witnesses_recipes_classic as classic
import witnesses_recipes_images as images
import witnesses_recipes_motion as motion
import witnesses_recipes_one_step as one_step
import witnesses_recipes_super_resolution as super_resolution
import witnesses_recipes_tokenizers as tokenizers
import witnesses_recipes_translation as translation
from recipe_critics import mirrored
from recipe_inputs import inputs, of_weights

MODULES = (audio, classic, images, motion, one_step, super_resolution, tokenizers, translation)


def nothing(x):
    return {}


@dataclass(frozen=True)
class Case:
    parameters: dict = field(default_factory=dict)
    """Of the Objective, where the witness has another configuration's numbers than the table."""
    theirs: dict = field(default_factory=dict)
    """The same of the witness."""
    critic: object = lambda x: x.critic
    d: object = nothing
    g: object = nothing
    state: object = nothing
    """Terms' states before the step, so far as the inputs say them."""
    after: object = nothing
    """The same after it, from what the witness returns."""
    step: int = 0


def weighting(x):
    return abs(x.source - x.target).clip(0.001)


def transport(x):
    return lambda fake: (((fake - x.latents) ** 2).reshape(len(fake), -1).mean(1) / weighting(x)).mean()


def families(x):
    """Two critics of one, whose first heads are those of periods."""
    of = lambda heads: lambda sound: tuple(each[heads] for each in x.critic(sound))
    return {"mp": of(slice(2)), "mrd": of(slice(2, None))}


def two_scales(critic):
    """As many maps in each, four, as the original's critic has."""

    def of(x):
        logits, maps = critic(x)
        return logits, [[m[0], 2 * m[0], m[-1], m[-1] * m[-1]] for m in maps]

    return of


def low_for_real(x):
    """GigaGAN's, with samples first; a text that does not match is a shift."""

    def of(images, shift=0.0):
        first, *others = x.critic(images)
        return [-(first[0] + shift), *(-each for each in others)]

    return of


def other_direction(critic):
    return lambda x: 0.5 * critic(x)


def of_balancer(totals, counts):
    named = {"adversarial": "adv_msstftd", "feature_matching": "feat_msstftd", "waveform": "l1", "mel": "msspec"}
    return {"balancer": {"count": counts["l1"], **{f"norm_{ours}": totals[name] for ours, name in named.items()}}}


PATH_LENGTH = {
    "g": lambda x: {"generator": x.generator, "latents": x.latents, "noise": x.last(x.noise)},
    "state": lambda x: {"path_length": {"mean": x.mean}},
    "after": lambda theirs: {"path_length": {"mean": theirs["state:mean"]}},
}


def of_augmentation(x):
    """Three steps' signs are there, and p moves in the fourth."""
    n = len(x.signs)
    return {"augmentation": {"p": x.p, "signs": x.signs.sum(), "logits": n, "images": n, "steps": 3.0}}


def of_p(theirs):
    return {"augmentation": {"p": theirs["state:p"]}} if "state:p" in theirs else PATH_LENGTH["after"](theirs)


NOISES = lambda x: {"noise": {"real": x.noise_real, "fake": x.noise_fake}}
OF_AUDIO = lambda x: {"mel": x.mel}
OF_PIXELS = lambda x: {"pixel": x.pixel, "perceptual": x.perceptual}
AT = {"step": 300000}

CASES = {
    "afm": Case(
        d=lambda x: {"weighting": weighting(x), **NOISES(x)},
        g=lambda x: {"ot": transport(x)},
        state=lambda x: {"normalizer": {"square": x.square_average}},
        after=lambda theirs: {"normalizer": {"square": theirs["state:square_average"]}},
    ),
    "amp": Case(
        d=lambda x: {
            "logit_reg": (x.of_critic["last.weight"] ** 2).sum(),
            "weight_decay": sum((x.of_critic[f"{layer}.weight"] ** 2).sum() for layer in ("first", "last")),
        }
    ),
    "apt": Case(theirs={"sigma": 0.1}, d=lambda x: {"noise": {"real": x.noise}}),
    "biggan": Case(),
    "bigvgan": Case(g=OF_AUDIO),
    "cyclegan": Case(
        critic=lambda x: {"d_a": x.critic, "d_b": other_direction(x.critic)},
        g=lambda x: {
            f"{term}_{side}": lambda fake, f=f, side=side: f(fake[f"d_{side}"])
            for term, f in (("cycle", x.cycle), ("idt", x.identity))
            for side in ("a", "b")
        },
    ),
    "dac": Case(g=lambda x: {"mel": x.mel, "commitment": x.commitment, "codebook": x.codebook}),
    "dmd2": Case(
        d=lambda x: {"denoising": of_weights(x.of_critic)}, g=lambda x: {"distribution_matching": x.distribution_matching}
    ),
    "dragan": Case(d=lambda x: {"noise": x.mix * 0.5 * ((x.real - x.real.mean()) ** 2).mean() ** 0.5 * x.noise}),
    "encodec": Case(
        g=lambda x: {"commitment": x.commitment, "waveform": x.l1, "mel": x.msspec},
        state=lambda x: of_balancer(x.totals, x.counts),
        after=lambda theirs: of_balancer(theirs["state:totals"], theirs["state:counts"]),
    ),
    "esrgan": Case(g=OF_PIXELS),
    "gat": Case(d=lambda x: {"projection": of_weights(x.of_critic), **NOISES(x)}),
    "gigagan": Case(
        critic=low_for_real,
        d=lambda x: {"aux_reconstruction": of_weights(x.of_critic), "mismatched_args": (0.5,)},
        g=lambda x: {"contrastive": x.contrastive},
    ),
    "hifigan": Case(g=OF_AUDIO),
    "llamagen": Case(g=lambda x: {"reconstruction": x.pixel, "perceptual": x.perceptual, "codebook": x.codebook}, **AT),
    "lsgan": Case(),
    "magvit": Case(
        {"lecam_weight": 0.001},
        g=lambda x: {"reconstruction": x.pixel, "perceptual": x.perceptual, "quantizer": x.codebook},
        state=lambda x: {"lecam": {"real": x.ema_real, "fake": x.ema_fake}},
        after=lambda theirs: {"lecam": {side: theirs[f"state:ema_{side}"] for side in ("real", "fake")}},
    ),
    "oasis": Case(
        critic=lambda x: lambda images: x.last(x.critic(images)),
        d=lambda x: {
            "real_labels": x.labels.argmax(1),
            "real_weight": 1.0 - x.labels[:, 0],
            "mask": x.mask,
            "mask_of_logits": x.last(x.mask),
        },
        g=lambda x: {"fake_labels": x.labels.argmax(1), "fake_weight": 1.0 - x.labels[:, 0]},
    ),
    "pix2pix": Case(g=lambda x: {"l1": x.pixel}),
    "pix2pixhd": Case(critic=lambda x: two_scales(x.critic), g=lambda x: {"vgg": x.perceptual}),
    "projected_gan": Case(),
    "r3gan": Case({"gamma": 150.0}),
    "realesrgan": Case(g=OF_PIXELS),
    "sagan": Case(),
    "sngan": Case(),
    "spade": Case(g=lambda x: {"vgg": x.perceptual}),
    "stylegan2": Case(**PATH_LENGTH),
    "stylegan2_ada": Case(
        g=PATH_LENGTH["g"],
        state=lambda x: {**PATH_LENGTH["state"](x), **of_augmentation(x)},
        after=of_p,
    ),
    "stylegan3": Case(state=of_augmentation, after=of_p),
    "stylegan_t": Case({"gan_weight": 0.25, "clip_weight": 0.2}, g=lambda x: {"clip": x.clip}),
    "vocos": Case(critic=families, g=OF_AUDIO),
    "vqgan": Case(g=lambda x: {**OF_PIXELS(x), "codebook": x.codebook, "last_layer": x.last_layer}, **AT),
    "wgan_gp": Case(d=lambda x: {"mix": 1.0 - x.mix.reshape(-1)}),
}


def given(name):
    """The inputs in PyTorch."""
    x = SimpleNamespace(**inputs(name))
    x.of_critic = dict(x.critic.named_parameters())
    x.last = lambda array: array.movedim(1, -1) if name == "oasis" else array
    return x


def in_jax(x, weights, of_generator):
    """The same in JAX, with the parameters of the critic, and of what is asked for its path length."""
    arrays = {
        key: jnp.asarray(value.detach().numpy()) if isinstance(value, torch.Tensor) else value for key, value in vars(x).items()
    }
    of = SimpleNamespace(**arrays)
    of.of_critic, of.critic, of.last = weights, mirrored(x.critic, weights), lambda array: jnp.moveaxis(array, 1, -1)
    if hasattr(x, "generator"):
        synthesis = mirrored(x.generator, of_generator)
        of.generator = lambda latents: of.last(synthesis(latents))
    if hasattr(x, "last_layer"):
        many = torch.eye(x.fake.numel()).double().reshape(-1, *x.fake.shape)
        (jacobian,) = torch.autograd.grad(x.fake, x.last_layer, many, retain_graph=True, is_grads_batched=True)
        flat = jnp.asarray(jacobian.numpy())
        of.last_layer = lambda gradient: jnp.tensordot(gradient.reshape(-1), flat, 1)
    return of


def both_sides(name, x):
    """Reals and fakes, as the Objective is given them."""
    if name != "cyclegan":
        return {"real": x.real, "fake": x.fake}
    return {"real": {"d_a": x.real, "d_b": -x.real}, "fake": {"d_a": x.fake, "d_b": -0.5 * x.fake}}


def witness(name, player, x):
    """What the transcription returns for these inputs."""
    function = next(f for module in MODULES if (f := getattr(module, f"{player[0]}_{name}", None)))
    asked = inspect.signature(function).parameters
    named = {key: value for key, value in vars(x).items() if key in asked}
    theirs = CASES[name].theirs
    named |= {key: value for key, value in theirs.items() if key in asked}
    critic, real, fake = named.pop("critic"), named.pop("real", None), named.pop("fake")
    if name == "pix2pixhd":
        critic = two_scales(critic)

    def run(critic, real, fake):
        # G's witnesses name the reals that they look at.
        sides = (real, fake) if player == "discriminator" else (fake,)
        return function(critic, *sides, **named, **({"real": real} if player == "generator" and "real" in asked else {}))

    found = run(critic, real, fake)
    if name == "cyclegan":
        other = run(other_direction(critic), None if real is None else -real, -0.5 * fake)
        return {**found, **{f"{key} of b": value for key, value in other.items()}}
    if name == "amp" and player == "generator":
        return {"adversarial": -found["reward"].mean()}
    if name == "encodec" and player == "generator":
        weights = {"adv_msstftd": 4.0, "feat_msstftd": 4.0, "l1": 0.1, "msspec": 2.0}
        through = (found["gradient"].detach() * fake).sum()
        logged = sum(weights[key] * value for key, value in found["losses"].items())
        states = {key: value for key, value in found.items() if key.startswith("state:")}
        return {"balanced": through + (logged - through).detach(), "commitment": x.commitment(fake), **states}
    return found
