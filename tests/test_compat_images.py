"""The replacements of MMagic's, BasicSR's and CycleGAN's losses: same calls, same numbers, same gradients."""

import copy
import importlib.util
import inspect
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.linalg import vector_norm as norm

from cases import each
from ganloss_torch.compat import basicsr, cyclegan, mmagic

SHAPES = each("shape", [(1, 1), (5,), (4, 1), (2, 1, 5, 3)])
SIDES = each(("real", "disc"), [(True, True), (False, True), (True, False), (False, False)])
REAL, FAKE, WEIGHT = 0.875, 0.125, 0.625  # exact in float32, which is where CycleGAN keeps its labels

numbers = lambda *shape, seed=0: torch.tensor(np.random.default_rng(seed).standard_normal(shape))
images = lambda n=3, seed=0: numbers(n, 3, 4, 5, seed=seed)
softplus = lambda x: torch.logaddexp(x, torch.zeros_like(x))
distance = lambda slope, mode, target=1.0: ((norm(slope if mode == "pixel" else slope.flatten(1), dim=1) - target) ** 2).mean()
blocked = lambda loss, x: torch.autograd.grad(loss, x, retain_graph=True, allow_unused=True)[0] is None
# Within ±15, and at least 1/20 from every multiple of 1/8, where the kinks are: labels, margins and 0.
logits = lambda *shape, seed=0: ((torch.floor(24 * numbers(*shape, seed=seed)) + 0.53) / 8).requires_grad_()


def close(actual, expected, largest=None, dtype=None, ulp=64):
    """A few ulp of the largest number that was added up: the sums have at most some hundred terms."""
    scale = max(float(t.detach().abs().max()) for t in (expected, expected if largest is None else largest))
    tolerance = ulp * torch.finfo(dtype or actual.dtype).eps * scale
    torch.testing.assert_close(actual.detach().double(), expected.detach().double(), rtol=0, atol=tolerance)


def agree(loss, expected, inputs, largest=None, dtype=None, ulp=64):
    """Same value, and same gradient with respect to `inputs` for an upstream gradient that is not 1."""
    dtype = dtype or loss.dtype  # a result in float32 has the accuracy of float32
    assert loss.shape == expected.shape
    close(loss, expected, largest, dtype, ulp)
    upstream = torch.linspace(2.5, 4, expected.numel()).reshape(expected.shape)
    both = [torch.autograd.grad(y, inputs, upstream.to(y), retain_graph=True) for y in (loss, expected)]
    for gradient, wanted in zip(*both, strict=True):
        close(gradient, wanted, None, dtype, ulp)


def elementwise(kind, x, real, disc=True, labels=(1.0, 0.0)):
    target, sign = (labels[0], -1) if real else (labels[1], 1)
    if kind == "hinge":
        return F.relu(1 + sign * x) if disc else -x  # the generator's side never looks at the target
    if kind == "vanilla":
        return target * softplus(-x) + (1 - target) * softplus(x)
    if kind in ("lsgan", "l1"):
        return (x - target).abs() ** (2 if kind == "lsgan" else 1)
    return sign * x if kind in ("wgan", "wgangp") else softplus(sign * x)


KINDS = {
    mmagic.GANLoss: ["vanilla", "lsgan", "wgan", "hinge", "l1"],
    mmagic.GANLossComps: ["vanilla", "lsgan", "wgan", "hinge", "wgan-logistic-ns"],
    basicsr.GANLoss: ["vanilla", "lsgan", "wgan", "hinge", "wgan_softplus"],
    basicsr.MultiScaleGANLoss: ["vanilla", "lsgan", "wgan", "hinge", "wgan_softplus"],
}
CASES = [(cls, kind) for cls, kinds in KINDS.items() for kind in kinds]
OTHERS = {cyclegan.GANLoss: ["lsgan", "vanilla", "wgangp", "nonsaturating"], mmagic.GANLoss: ["smgan"]}
OTHERS[mmagic.AdvLoss] = ["gan", "lsgan", "wgan-gp", "ragan", "ragan-ls"]


@SHAPES
@SIDES
@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_mmagic_and_basicsr(cls, kind, real, disc, shape):
    x = logits(*shape)
    terms = elementwise(kind, x, real, disc, (REAL, FAKE))
    expected = terms.mean() * (1 if disc else WEIGHT)  # loss_weight is the generator's alone
    loss = cls(kind, REAL, FAKE, WEIGHT)(x, real, disc)
    assert loss.dtype == torch.float64
    agree(loss, expected, x, terms)
    keywords = cls(loss_weight=WEIGHT, fake_label_val=FAKE, real_label_val=REAL, gan_type=kind)
    agree(keywords(is_disc=disc, target_is_real=int(real), input=x), expected, x, terms)
    terms = elementwise(kind, x, real, disc=False)
    agree(cls(kind)(x, real), terms.mean(), x, terms)  # labels 1 and 0, weight 1, the generator's side
    settings = (keywords.gan_type, keywords.real_label_val, keywords.fake_label_val, keywords.loss_weight)
    assert settings == (kind, REAL, FAKE, WEIGHT)
    keywords.real_label_val, keywords.fake_label_val, keywords.loss_weight = 1.0, 0.0, 0.25  # they can be changed
    agree(keywords(x, real), terms.mean() / 4, x, terms)
    assert keywords(x.float(), real).dtype == torch.float32


def test_unknown_types_raise_what_the_originals_raise():
    wrong = [(mmagic.GANLoss, "wgan_softplus"), (mmagic.GANLossComps, "l1"), (basicsr.GANLoss, "smgan")]
    for cls, kind in [*wrong, (basicsr.MultiScaleGANLoss, "no such gan"), (cyclegan.GANLoss, "hinge")]:
        with pytest.raises(NotImplementedError):
            cls(kind)
    with pytest.raises(ValueError, match="no such gan"):
        mmagic.AdvLoss("no such gan")


def gaussian_blur(mask):
    """71×71 taps, sigma 10, zeros around the mask: out = T_h · mask · T_w with banded matrices T."""
    taps = torch.exp(-((torch.arange(-35, 36, dtype=torch.float64) / 10) ** 2) / 2)
    offsets = [torch.arange(size)[:, None] - torch.arange(size) for size in mask.shape[-2:]]
    bands = [torch.where(d.abs() <= 35, taps[(d + 35).clamp(0, 70)], 0.0) / taps.sum() for d in offsets]
    return bands[0] @ mask @ bands[1].T


@pytest.mark.parametrize("size", [(40, 44), (7, 5)], ids=["same size", "resized"])
@SIDES
def test_mmagic_smgan(real, disc, size):
    x = logits(2, 1, *size)
    mask = (numbers(2, 1, 40, 44, seed=1) > 0.3).double()
    resized = x if size == (40, 44) else F.interpolate(x, size=(40, 44), mode="bilinear", align_corners=True)
    target = gaussian_blur(mask) if disc and not real else torch.full_like(resized, REAL if real else FAKE)
    terms = (resized - target) ** 2 * (1 if disc else WEIGHT)  # the generator's mask cancels: it multiplies a mean
    # The original computes the taps of the blur in float32, so its soft labels are that accurate.
    dtype = torch.float32 if disc and not real else None
    loss = mmagic.GANLoss("smgan", REAL, FAKE, WEIGHT)
    agree(loss(x, real, disc, mask), terms.mean(), x, terms, dtype)
    agree(loss(input=x, target_is_real=real, is_disc=disc, mask=mask), terms.mean(), x, terms, dtype)
    assert torch.equal(*(mmagic.GANLoss("l1")(x, real, disc, m) for m in (mask, None)))  # no other type looks at a mask


@SIDES
@pytest.mark.parametrize("kind", KINDS[basicsr.GANLoss])
def test_basicsr_scales(kind, real, disc):
    scales = [logits(2, 1, 4, 4), logits(2, 1, 2, 2, seed=1), logits(1, 1, seed=2)]
    terms = [elementwise(kind, x, real, disc, (REAL, FAKE)) * (1 if disc else WEIGHT) for x in scales]
    expected, largest = sum(t.mean() for t in terms) / 3, torch.cat([t.flatten() for t in terms])
    loss = basicsr.MultiScaleGANLoss(kind, REAL, FAKE, WEIGHT)
    assert isinstance(loss, basicsr.GANLoss)
    agree(loss(scales, real, disc), expected, scales, largest)
    feature = torch.zeros(2, 3, requires_grad=True)
    layers = [[feature, x] for x in scales]  # the last one of each list counts
    agree(loss(layers, real, disc), expected, scales, largest)
    assert blocked(loss(layers, real, disc), feature)


@SHAPES
@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("mode", OTHERS[cyclegan.GANLoss])
def test_cyclegan(mode, real, shape):
    x = logits(*shape)

    def expected(*labels):
        terms = elementwise(mode, x, real, labels=labels)
        return terms.reshape(len(x), -1).mean(1) if mode == "nonsaturating" else terms.mean(), x, terms

    loss = cyclegan.GANLoss(mode, REAL, FAKE)
    agree(loss(x, real), *expected(REAL, FAKE))
    keywords = cyclegan.GANLoss(target_fake_label=FAKE, target_real_label=REAL, gan_mode=mode)
    agree(keywords(target_is_real=real, prediction=x), *expected(REAL, FAKE))
    agree(cyclegan.GANLoss(mode)(x, real), *expected(1.0, 0.0))
    state = {name: (label.dtype, label.item()) for name, label in cyclegan.GANLoss(mode).state_dict().items()}
    assert state == {"real_label": (torch.float32, 1.0), "fake_label": (torch.float32, 0.0)}
    for labels in ((1.0, 0.0), (0.75, 0.25)):  # what a checkpoint says is what counts
        loss.load_state_dict({"real_label": torch.tensor(labels[0]), "fake_label": torch.tensor(labels[1])}, strict=True)
        for twin in (loss, copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
            agree(twin(x, real), *expected(*labels))
    wide = loss.to("cpu", torch.float64)
    assert wide.real_label.dtype == wide.fake_label.dtype == wide(x, real).dtype == torch.float64
    agree(wide(x, real), *expected(0.75, 0.25))


def test_cyclegans_labels_are_read_from_their_buffers():
    x, loss = torch.ones(3), cyclegan.GANLoss("lsgan", True, False)  # labels may be bool, as documented there
    loss.real_label.fill_(0)
    assert loss(x, True) == 1.0
    loss.real_label = torch.tensor(0.5)
    assert loss(x, True) == 0.25
    assert torch.func.functional_call(loss, {"real_label": torch.tensor(3.0)}, (x, True)) == 4.0
    assert loss(x, True) == 0.25
    with torch.device("meta"):
        assert cyclegan.GANLoss("lsgan").real_label.is_meta


def test_methods_that_nothing_would_call_are_refused():
    with pytest.raises(TypeError, match="get_target_label"):
        type("Noisy", (basicsr.GANLoss,), {"get_target_label": lambda self, x, real: x})
    with pytest.raises(TypeError, match="get_target_tensor"):
        type("Noisy", (cyclegan.GANLoss,), {"get_target_tensor": lambda self, x, real: x})


def test_penalties_of_half_precision_do_not_overflow():
    x = torch.zeros(2, 3, 64, 64, dtype=torch.float16)
    steep = lambda x: (5.0 * x).sum((1, 2, 3))
    expected = 25.0 * 3 * 64 * 64
    assert mmagic.r1_gradient_penalty_loss(steep, x, norm_mode="HWC") == expected
    assert basicsr.r1_penalty(steep(y := x.clone().requires_grad_()), y) == expected
    assert mmagic.gradient_penalty_loss(steep, x, x, norm_mode="HWC").isfinite()
    far = torch.full((1, 1, 80, 80), 300.0, dtype=torch.float16)
    assert mmagic.GANLoss("smgan")(far, False, True, mask=torch.ones_like(far)).isfinite()


def test_cyclegans_penalty_reaches_a_generator_that_is_not_detached():
    weight = torch.ones(1, requires_grad=True)
    cyclegan.cal_gradient_penalty(Critic(), images(), images(seed=1) * weight, "cpu")[0].backward()
    assert weight.grad.abs() > 0


class Critic(nn.Module):
    """A patch map of logits, smooth and curved, or else one linear logit; it remembers where it was evaluated last."""

    def __init__(self, linear=False):
        super().__init__()
        self.weight = nn.Parameter(numbers(*((1, 3, 4, 5) if linear else (4, 3, 2, 2)), seed=5))

    def forward(self, x):
        self.seen, y = x.detach().clone(), F.conv2d(x, self.weight)
        return y if y.shape[1] == 1 else torch.tanh(y / 2).sum(1, keepdim=True)

    def slope(self, x):
        return torch.autograd.grad(self(x := x.detach().requires_grad_()).sum(), x, create_graph=True)[0]


@each(("cls", "kind"), CASES + [(cls, kind) for cls, kinds in OTHERS.items() for kind in kinds])
def test_modules_travel(cls, kind):
    arguments = (logits(2, 1, 3, 3), True, *([True, torch.ones(2, 1, 3, 3).double()] if kind == "smgan" else []))
    if cls is mmagic.AdvLoss:
        arguments = (Critic(linear=True), images(), images(seed=1))  # linear: one penalty wherever it looks
    loss = cls(kind)
    assert isinstance(loss, nn.Module)
    assert list(loss.state_dict()) == (["real_label", "fake_label"] if cls is cyclegan.GANLoss else [])
    # Before their first use: some originals keep their last predictions, which cannot be copied.
    twins = copy.deepcopy(loss), pickle.loads(pickle.dumps(loss)), cls(kind).to("cpu", torch.float64).train()
    for twin in twins:  # the same operations on the same numbers: 0 and 1, the labels, are exact in every type
        assert torch.equal(twin(*arguments), cls(kind)(*arguments))


@pytest.mark.parametrize("kind", ["gan", "lsgan", "wgan-gp"])
def test_adv_loss(kind):
    loss, net, real, fake = mmagic.AdvLoss(loss_type=kind), Critic(linear=True), images(), images(seed=1).requires_grad_()
    name = {"gan": "vanilla", "lsgan": "l1", "wgan-gp": "wgan"}[kind]
    terms = torch.cat([elementwise(name, net(fake.detach()), False), elementwise(name, net(real), True)])
    expected = terms.mean()  # half of the sum of the two means
    if kind == "wgan-gp":
        expected = 2 * expected + 10 * ((net.weight.norm(dim=1) - 1) ** 2).mean()  # per pixel
    agree(loss(net, fake, real), expected, net.weight, terms)
    agree(loss(net=net, fakeB=fake, realB=real, model="discriminator"), expected, net.weight, terms)
    assert blocked(loss(net, fake, real), fake)
    terms = elementwise(name, net(fake), True)
    for result in (loss(net, fake, real, "generator"), loss(net, fake, real, model="generator")):
        agree(result, terms.mean(), [fake, net.weight], terms)


@pytest.mark.parametrize(("kind", "name", "labels"), [("ragan", "vanilla", (1.0, 0.0)), ("ragan-ls", "lsgan", (1.0, -1.0))])
def test_adv_loss_compares_with_its_last_50_predictions(kind, name, labels):
    """20 + 20 + 20 > 50: the means are constants, over the images of the discriminator's last calls, this one included."""
    loss, net, pools = mmagic.AdvLoss(kind), Critic(), ([], [])
    for step in range(4):
        real, fake = images(20, seed=2 * step) + step, images(20, seed=2 * step + 1).requires_grad_()
        result = loss(net, fake, real)
        pools = [[*pool, net(x).detach()] for pool, x in zip(pools, (real, fake), strict=True)]
        means = [torch.cat(pool)[-50:].mean() for pool in pools]

        def expected(real, fake, swap, means=means):
            terms = [(net(real) - means[1], not swap), (net(fake) - means[0], swap)]
            terms = torch.cat([elementwise(name, x, is_real, labels=labels) for x, is_real in terms])
            return terms.mean(), [fake, net.weight] if swap else net.weight, terms

        agree(result, *expected(real, fake.detach(), False), ulp=256)  # the gradient adds up some thousand products
        assert blocked(result, fake)
        for _ in range(2):  # the generator's calls add nothing to the pools
            agree(loss(net, fake, real, "generator"), *expected(real, fake, True), ulp=256)


PENALTIES = {
    "mmagic": ("pixel", mmagic.gradient_penalty_loss),
    "mmagic HWC": ("HWC", lambda *args: mmagic.gradient_penalty_loss(*args, norm_mode="HWC")),
    "basicsr": ("pixel", lambda *args: basicsr.gradient_penalty_loss(*args[:3], weight=args[3])),
    "cyclegan": ("HWC", lambda *args: cyclegan.cal_gradient_penalty(*args[:3], "cpu", "mixed", 1.0, 1.0)[0]),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", PENALTIES)
def test_gradient_penalty(name, masked):
    (mode, penalty), real, fake = PENALTIES[name], images(), images(seed=1)
    mask = (numbers(3, 1, 4, 5, seed=2) > -0.5).double() if masked and name != "cyclegan" else torch.ones(3, 1, 4, 5).double()
    given = None if mask.all() else mask

    def expected(net, point):
        return distance(net.slope(point) * mask, mode) / mask.mean(), net.weight

    # One slope at every point, and one point: no random numbers matter. Some hundred products make each second derivative.
    for net, other in ((Critic(linear=True), fake), (Critic(), real.clone())):
        agree(penalty(net, real, other, given), *expected(net, real), ulp=256)
    value, point = penalty(net, real, fake.requires_grad_(), given), net.seen
    ratio = ((point - fake) / (real - fake)).detach()  # between the two, at one ratio for each sample
    assert (ratio.std((1, 2, 3)) < 1e-10).all()  # differences of 1e-4 would magnify an ulp to 1e-12
    assert -1e-10 < ratio.min() < ratio.max() - 1e-6 < 1
    agree(value, *expected(net, point), ulp=256)
    assert name == "cyclegan" or blocked(value, fake)


def test_cyclegan_penalty_at_an_end():
    net, real, fake = Critic(), images(), images(seed=1)
    assert cyclegan.cal_gradient_penalty(net, real, fake, "cpu", lambda_gp=0) == (0.0, None)
    with pytest.raises(NotImplementedError):
        cyclegan.cal_gradient_penalty(net, real, fake, "cpu", type="nowhere")
    for kind, x in {"real": real, "fake": fake}.items():
        value, gradients = cyclegan.cal_gradient_penalty(net, real, fake, torch.device("cpu"), kind, 0.75, 2.5)
        agree(gradients, net.slope(x).flatten(1), net.weight, ulp=256)
        agree(value, 2.5 * distance(net.slope(x), "HWC", 0.75), net.weight, ulp=256)


def test_r1_and_disc_shift():
    """No half, and no interval; "pixel" averages over pixels where "HWC" adds them up."""
    net, real, mask = Critic(), images(), (numbers(3, 1, 4, 5, seed=2) > -0.5).double()
    square = net.slope(real) ** 2
    whole = square.flatten(1).sum(1).mean(), net.weight
    r1, scaler = mmagic.r1_gradient_penalty_loss, SimpleNamespace(scale=lambda x: 1024 * x, get_scale=lambda: 1024.0)
    agree(r1(net, real), square.sum(1).mean(), net.weight, ulp=256)
    agree(r1(net, real, None, "HWC"), *whole, ulp=256)
    masked = (square * mask).sum(1).mean() / mask.mean()
    agree(r1(net, real, mask, norm_mode="pixel", loss_scaler=scaler), masked, net.weight, ulp=256)
    assert not real.requires_grad
    for penalty, data in ((r1, [real]), (mmagic.gradient_penalty_loss, [real, real])):
        with pytest.raises(NotImplementedError):
            penalty(net, *data, norm_mode="CHW")
    agree(basicsr.r1_penalty(real_pred=net(real.requires_grad_()), real_img=real), *whole, ulp=256)
    agree(mmagic.disc_shift_loss(pred=(x := logits(2, 3))), x**2, x)


@pytest.mark.parametrize("options", [{}, {"pl_batch_shrink": 9}, {"pl_batch_shrink": 3, "pl_batch_size": 4}, "basicsr"])
def test_path_lengths(options):
    torch.manual_seed(0)
    net, old, arrived = nn.Parameter(numbers(14, 768, seed=3)), torch.tensor(2.0).double(), []

    def generator(noise, num_batches, return_latents):
        latent = numbers(num_batches, 2, 7, seed=4).requires_grad_()
        image = torch.tanh(latent.flatten(1) @ net / 4).reshape(-1, 3, 16, 16)
        image.register_hook(lambda gradient: arrived.append(gradient.detach()))  # the first one is the regularizer's noise
        return {"fake_img": image, "latent": latent}

    if options == "basicsr":
        penalty, length, new = basicsr.g_path_regularize(*generator(None, 6, True).values(), old, 0.25)
    else:
        penalty, new, lengths = mmagic.gen_path_regularizer(generator, 6, old, decay=0.25, weight=1.5, **options)
    noise = arrived[0]
    assert len(noise) == (6 if not options or options == "basicsr" else options.get("pl_batch_size", 1))
    assert abs(16 * noise.std() - 1) < 6 / (2 * noise.numel()) ** 0.5  # six standard errors; 16 = sqrt(16 · 16) pixels
    image, latent = generator(None, len(noise), True).values()
    gradient = torch.autograd.grad((image * noise).sum(), latent, create_graph=True)[0]
    expected = (gradient**2).sum(2).mean(1).sqrt()
    mean = old + 0.25 * (expected.mean() - old)
    wanted = ((expected - mean) ** 2).mean() * (1 if options == "basicsr" else 1.5)
    agree(penalty, wanted, net, mean**2, ulp=256)  # the gradient goes through the new mean, too
    close(new, mean)
    close(*((length, expected.mean()) if options == "basicsr" else (lengths, expected)))
    assert not new.requires_grad


def test_signatures_of_functions():
    signatures = {
        mmagic.gradient_penalty_loss: "discriminator real_data fake_data mask=None norm_mode='pixel'",
        mmagic.r1_gradient_penalty_loss: "discriminator real_data mask=None norm_mode='pixel' "
        "loss_scaler=None use_apex_amp=False",
        mmagic.gen_path_regularizer: "generator num_batches mean_path_length pl_batch_shrink=1 decay=0.01 weight=1.0 "
        "pl_batch_size=None sync_mean_buffer=False loss_scaler=None use_apex_amp=False",
        basicsr.g_path_regularize: "fake_img latents mean_path_length decay=0.01",
        basicsr.gradient_penalty_loss: "discriminator real_data fake_data weight=None",
        cyclegan.cal_gradient_penalty: "netD real_data fake_data device type='mixed' constant=1.0 lambda_gp=10.0",
    }
    for function, wanted in signatures.items():
        parameters = inspect.signature(function).parameters.values()
        assert " ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters) == wanted


class Registry(dict):
    def register_module(self, name=None, force=False, module=None):  # MMEngine's
        assert force or name not in self
        self[name] = module

    def register(self, obj=None):  # BasicSR's
        self.register_module(obj.__name__, module=obj)


def test_register_takes_the_place_of_basicsrs_own():
    class Strict:  # BasicSR's registry refuses a name that it has
        def __init__(self):
            self._obj_map = {"GANLoss": nn.Module, "MultiScaleGANLoss": nn.Module, "L1Loss": nn.L1Loss}

        def register(self, obj=None):
            assert obj.__name__ not in self._obj_map
            self._obj_map[obj.__name__] = obj

    basicsr.register(registry := Strict())
    assert registry._obj_map == {
        "GANLoss": basicsr.GANLoss,
        "MultiScaleGANLoss": basicsr.MultiScaleGANLoss,
        "L1Loss": nn.L1Loss,
    }


@pytest.mark.parametrize(("library", "names"), [(mmagic, "GANLossComps AdvLoss"), (basicsr, "MultiScaleGANLoss")])
def test_register(library, names):
    library.register(registry := Registry(GANLoss=nn.Module) if library is mmagic else Registry())
    assert {name: getattr(library, name) for name in ["GANLoss", *names.split()]}.items() <= registry.items()
    if importlib.util.find_spec(library.__name__.rpartition(".")[2]) is None:
        with pytest.raises(ImportError):
            library.register()
