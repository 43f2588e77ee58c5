"""Small float64 inputs of the recipes' witnesses: of each recipe what its functions d_NAME and g_NAME ask for, by name.

`inputs(name)` has `critic`, `real`, `fake`, which depends on `generator_parameters`, and what else that recipe needs: noise,
states, callables of the fakes. Everything is made anew from one seed. Nothing here knows how a loss is computed.
"""

import torch
from torch import nn

B = 4


class Images(nn.Module):
    """Images (B, 2, 8, 8) to one logit (B, 1)."""

    def __init__(self, scale=8.0):
        super().__init__()
        self.maps = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.last = nn.Linear(64, 1)
        self.scale = scale

    def forward(self, x):
        return self.scale * self.last(torch.tanh(self.maps(x)).flatten(1))


class Patches(nn.Module):
    """Images to a map of logits (B, 1, 4, 4)."""

    def __init__(self, channels=1, stride=2):
        super().__init__()
        self.maps = nn.Conv2d(2, 4, 3, stride=stride, padding=1)
        self.last = nn.Conv2d(4, channels, 3, padding=1)

    def forward(self, x):
        return 6 * self.last(torch.tanh(self.maps(x)))


class Tokens(nn.Module):
    """Images to the logits of two heads of unlike sizes in one tensor (B, 20)."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList([Patches(), Patches()])

    def forward(self, x):
        small = nn.functional.avg_pool2d(x, 2)
        return torch.cat([self.heads[0](x).flatten(1), self.heads[1](small).flatten(1)], 1)


class Scales(nn.Module):
    """Images to [logits (1, B), a scale's map, another's]."""

    def __init__(self):
        super().__init__()
        self.whole = Images()
        self.heads = nn.ModuleList([Patches(), Patches(stride=4)])

    def forward(self, x):
        return [self.whole(x).flatten()[None], *(head(x) for head in self.heads)]


class Heads(nn.Module):
    """Images or audio to (logits of each head, [[maps] of each]); heads differ in size and in their number of maps."""

    def __init__(self, conv, channels, strides, logits_are_a_map=False):
        super().__init__()
        self.first = nn.ModuleList([conv(channels, 3, 5, stride=s, padding=2) for s in strides])
        self.second = nn.ModuleList([conv(3, 3, 3, padding=1) for _ in strides])
        self.last = nn.ModuleList([conv(3, 1, 3, padding=1) for _ in strides])
        self.logits_are_a_map = logits_are_a_map

    def forward(self, x):
        logits, maps = [], []
        for i, (first, second, last) in enumerate(zip(self.first, self.second, self.last, strict=True)):
            a = torch.tanh(2 * first(x))
            b = torch.tanh(2 * second(a))
            out = 4 * last(b)
            logits.append(out.flatten(1))
            maps.append([a, b] if i else [a])
            if self.logits_are_a_map:
                maps[-1].append(out)
        return logits, maps


class Vectors(nn.Module):
    """Observations (B, 6) to one logit (B, 1)."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 5)
        self.last = nn.Linear(5, 1)

    def forward(self, x):
        return 3 * self.last(torch.tanh(self.first(x)))


class Synthesis(nn.Module):
    """Latents w (B, 2, 3), two layers' styles, to images (B, 2, 8, 8)."""

    def __init__(self):
        super().__init__()
        self.base = nn.Parameter(torch.randn(3, 8, 8))
        self.styles = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 4)])
        self.convs = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 3, padding=1)])

    def forward(self, w):
        x = self.base * self.styles[0](w[:, 0])[..., None, None]
        x = torch.tanh(self.convs[0](x)) * self.styles[1](w[:, 1])[..., None, None]
        return torch.tanh(self.convs[1](x))


class Generator(nn.Module):
    """A noise of the samples' shape to samples of that shape."""

    def __init__(self, conv, channels):
        super().__init__()
        self.first = conv(channels, 4, 3, padding=1)
        self.last = conv(4, channels, 3, padding=1)

    def forward(self, z):
        return torch.tanh(2 * self.last(torch.tanh(self.first(z))))


def _images(critic):
    generator = Generator(nn.Conv2d, 2)
    return {
        "critic": critic,
        "real": torch.tanh(torch.randn(B, 2, 8, 8) + 0.3),
        "fake": generator(torch.randn(B, 2, 8, 8)),
        "generator_parameters": list(generator.parameters()),
        "last_layer": generator.last.weight,
    }


def _audio(critic):
    generator = Generator(nn.Conv1d, 1)
    return {
        "critic": critic,
        "real": torch.tanh(torch.randn(3, 1, 64) + 0.3),
        "fake": generator(torch.randn(3, 1, 64)),
        "generator_parameters": list(generator.parameters()),
    }


def _stylegan2(critic):
    synthesis = Synthesis()
    return {
        "critic": critic,
        "real": torch.tanh(torch.randn(B, 2, 8, 8) + 0.3),
        "fake": synthesis(torch.randn(B, 2, 3)),
        "generator_parameters": list(synthesis.parameters()),
        "generator": synthesis,
        "latents": torch.randn(B // 2, 2, 3),
        "noise": torch.randn(B // 2, 2, 8, 8),
        "mean": torch.tensor(0.4),
    }


def distance(c):
    """What stands in for a term that a user computes from fakes: arrays of any framework have it."""
    return lambda fake: ((fake - c) ** 2).mean()


def of_weights(parameters):
    """What stands in for a term of D's networks: of some of its parameters, by name."""
    return (parameters[min(parameters)] ** 2).sum()


def _of_weights(critic):
    return lambda _: of_weights(dict(critic.named_parameters()))


def _make(name):
    uniform = torch.rand(B, 1, 1, 1)
    noise = torch.randn(B, 2, 8, 8)
    if name in ("stylegan2", "stylegan2_ada"):
        args = _stylegan2(Images())
        return args | {"p": torch.tensor(0.3), "signs": torch.randn(3 * B).sign()}
    if name in ("stylegan_t", "projected_gan"):
        args = _images(Tokens())
        return args | {"clip": distance(0.1)}
    if name == "gigagan":
        args = _images(Scales())
        return args | {
            "mismatched": lambda x: [t + 0.5 for t in args["critic"](x)],
            "auxiliary": _of_weights(args["critic"]),
            "contrastive": distance(0.2),
        }
    if name in ("cyclegan", "pix2pix"):
        args = _images(Patches())
        return args | {"cycle": distance(0.1), "identity": distance(0.2), "pixel": distance(0.3)}
    if name in ("pix2pixhd", "spade"):
        args = _images(Heads(nn.Conv2d, 2, [1, 2]))
        return args | {"perceptual": distance(0.1)}
    if name == "oasis":
        classes = torch.randint(0, 3, (B, 8, 8))  # 0 is unknown, and the last of four does not occur
        labels = nn.functional.one_hot(classes, 4).movedim(-1, 1).double()
        return _images(Patches(5, 1)) | {"labels": labels, "mask": torch.tensor([0.0, 1.0, 0.0, 1.0])[classes][:, None]}
    if name in ("esrgan", "realesrgan", "vqgan", "llamagen", "magvit"):
        args = _images(Images() if name in ("esrgan", "magvit") else Patches())
        args |= {"pixel": distance(0.1), "perceptual": distance(0.2), "codebook": distance(0.3)}
        if name in ("vqgan", "llamagen"):
            args |= {"step": 300000}
        if name == "magvit":
            args |= {"ema_real": torch.tensor(0.2), "ema_fake": torch.tensor(-0.1), "lecam_weight": 0.001}
        return args
    if name in ("hifigan", "bigvgan", "encodec", "dac", "vocos"):
        args = _audio(Heads(nn.Conv1d, 1, [1, 2, 3], logits_are_a_map=name in ("hifigan", "bigvgan", "vocos")))
        args |= {"mel": distance(0.1), "l1": distance(0.2), "msspec": distance(0.3)}
        args |= {"commitment": distance(0.4), "codebook": distance(0.5)}
        terms = ("adv_msstftd", "feat_msstftd", "l1", "msspec")
        if name == "vocos":
            args |= {"n_periods": 2}
        if name == "encodec":
            args |= {
                "totals": {t: 0.1 * i + torch.tensor(0.02) for i, t in enumerate(terms)},
                "counts": dict.fromkeys(terms, 2.9),
            }
        return args
    if name == "gat":
        args = _images(Tokens())
        return args | {
            "noise_real": noise,
            "noise_fake": torch.randn_like(noise),
            "distillation": _of_weights(args["critic"]),
        }
    if name == "amp":
        critic, generator = Vectors(), nn.Linear(3, 6)
        return {
            "critic": critic,
            "real": torch.randn(B, 6) + 0.3,
            "fake": generator(torch.randn(B + 2, 3)),
            "generator_parameters": list(generator.parameters()),
            "logit_weights": critic.last.weight.flatten(),
            "weights": [critic.first.weight.flatten(), critic.last.weight.flatten()],
        }
    args = _images(Images())
    shape = args["fake"].shape
    if name == "wgan_gp":
        args |= {"mix": uniform}
    if name == "dragan":
        args |= {"mix": uniform, "noise": torch.rand(shape)}
    if name == "stylegan3":
        args |= {"p": torch.tensor(0.3), "signs": torch.tensor([1.0, -1.0]).repeat(6)}
    if name == "apt":
        args |= {"noise": noise}
    if name == "dmd2":
        args |= {"denoising": _of_weights(args["critic"]), "distribution_matching": distance(0.1)}
    if name == "afm":
        source = torch.tensor([0.9, 0.5, 0.3, 1.0])
        args |= {
            "noise_real": noise,
            "noise_fake": torch.randn(shape),
            "source": source,
            "target": source - torch.tensor([0.7, 0.2, 0.0005, 1.0]),
            "latents": torch.randn(shape),
            "square_average": torch.tensor(0.3),
        }
    return args


def inputs(name):
    """The arguments of d_NAME and g_NAME by name, and `generator_parameters`."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(20)
            return _make(name)
    finally:
        torch.set_default_dtype(before)
