"""The replacements of ParallelWaveGAN's (so ESPnet's) and audiocraft's losses: same calls, same numbers, same gradients."""

import copy
import inspect
import io
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from ganloss_torch.compat import audiocraft
from ganloss_torch.compat.audiocraft import AdversarialLoss, FeatureMatchingLoss
from ganloss_torch.compat.parallel_wavegan import DiscriminatorAdversarialLoss, FeatureMatchLoss, GeneratorAdversarialLoss

SHAPES = pytest.mark.parametrize("shape", [(1, 1), (5,), (2, 1, 9), (2, 1, 4, 3)], ids=str)
FLAGS = [True, False]

numbers = lambda *shape, seed=0: torch.tensor(np.random.default_rng(seed).standard_normal(shape))
# Multiples of 1/8 plus 0.07: at least 0.055 from the kinks, which are at -1, 0 and 1.
logits = lambda *shape, seed=0: (torch.floor(16 * numbers(*shape, seed=seed)) / 8 + 0.07).requires_grad_()
square = lambda target: lambda x: (x - target) ** 2
below = lambda sign: lambda x: torch.clamp(1 - sign * x, min=0)

GENERATOR = {"mse": square(1), "hinge": torch.neg, "hinge2": below(1)}
REAL = {"mse": square(1), "hinge": below(1), "hinge2": below(1)}
FAKE = {"mse": square(0), "hinge": below(-1), "hinge2": below(-1)}


def close(actual, wanted, largest=1.0, eps=None):
    """Within 64 roundings of the largest number involved: the sums have at most some hundred terms."""
    assert actual.shape == wanted.shape
    scale = max(largest, float(wanted.detach().abs().max()))
    atol = 64 * (eps or torch.finfo(actual.dtype).eps) * scale
    torch.testing.assert_close(actual.detach().double(), wanted.detach().double(), rtol=0, atol=atol)


def agree(loss, wanted, inputs, largest=25.0):
    """Same value, and same gradient for an upstream gradient that is not 1. The largest square of a logit is below 25."""
    close(loss, wanted, largest)
    eps = torch.finfo(loss.dtype).eps  # gradients that went through a float32 sum are as accurate as float32
    gradients = [torch.autograd.grad(y, inputs, torch.full_like(y, 2.5), retain_graph=True) for y in (loss, wanted)]
    for actual, expected in zip(*gradients, strict=True):
        assert actual.dtype == expected.dtype
        close(actual, expected, eps=eps)


def arguments(function):
    """Names and defaults, in order, of the codebase's arguments, which may be passed by position or by keyword."""
    parameters = [p for name, p in inspect.signature(function).parameters.items() if name not in ("self", "group")]
    assert {p.kind for p in parameters} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    return [p.name if p.default is inspect.Parameter.empty else (p.name, p.default) for p in parameters]


def copies(loss):
    return [copy.deepcopy(loss), pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss).to("cpu", torch.float64)]


ADVERSARIAL = [("average_by_discriminators", True), ("loss_type", "mse")]
MATCHING = [("average_by_layers", True), ("average_by_discriminators", True), ("include_final_outputs", False)]
TRAINING = ["adversary", "optimizer", "loss", "loss_real", "loss_fake", ("loss_feat", None), ("normalize", True)]
SIGNATURES = [
    (GeneratorAdversarialLoss, ADVERSARIAL),
    (GeneratorAdversarialLoss.forward, ["outputs"]),
    (DiscriminatorAdversarialLoss, ADVERSARIAL),
    (DiscriminatorAdversarialLoss.forward, ["outputs_hat", "outputs"]),
    (FeatureMatchLoss, MATCHING),
    (FeatureMatchLoss.forward, ["feats_hat", "feats"]),
    (audiocraft.get_adv_criterion, ["loss_type"]),
    (audiocraft.get_real_criterion, ["loss_type"]),
    (audiocraft.get_fake_criterion, ["loss_type"]),
    (AdversarialLoss, TRAINING),
    (AdversarialLoss.forward, ["fake", "real"]),
    (AdversarialLoss.train_adv, ["fake", "real"]),
    (FeatureMatchingLoss.forward, ["fmap_fake", "fmap_real"]),
]


@pytest.mark.parametrize(("function", "wanted"), SIGNATURES, ids=lambda x: getattr(x, "__qualname__", ""))
def test_signatures(function, wanted):
    assert arguments(function) == wanted
    (loss, _), normalize = arguments(FeatureMatchingLoss)  # its first default is a module
    assert (loss, normalize) == ("loss", ("normalize", True))


STATELESS = [GeneratorAdversarialLoss, DiscriminatorAdversarialLoss, FeatureMatchLoss, FeatureMatchingLoss]


@pytest.mark.parametrize("cls", STATELESS)
def test_modules_without_state(cls):
    loss = cls()
    assert isinstance(loss, nn.Module)
    assert not loss.state_dict()
    assert not list(loss.parameters())
    loss.load_state_dict({})


features = torch.zeros(2, 7, 3)
PACKS = {
    "tensor": lambda xs: xs[0],
    "list": list,
    "tuple": tuple,
    "list of lists": lambda xs: [[features, x] for x in xs],  # the last one of each counts
    "tuple of tuples": lambda xs: tuple((features, features, x) for x in xs),
    "list of one": lambda xs: list(xs[:1]),
    "list of lists of one": lambda xs: [[x] for x in xs[:1]],
}
LAYOUTS = pytest.mark.parametrize("pack", PACKS)
AVERAGE = pytest.mark.parametrize("average", FLAGS)
TYPES = pytest.mark.parametrize("kind", ["mse", "hinge"])


def over_discriminators(term, xs, pack, average):
    """One mean for each discriminator; then their sum or mean."""
    means = [term(x).mean() for x in (xs[:1] if pack == "tensor" or pack.endswith("one") else xs)]
    return sum(means) / (len(means) if average else 1)


@LAYOUTS
@AVERAGE
@TYPES
def test_parallel_wavegan_generator(kind, average, pack):
    xs = [logits(2, 1, 9), logits(2, 1, 5, seed=1), logits(1, 1, seed=2)]
    wanted = over_discriminators(GENERATOR[kind], xs, pack, average)
    used = xs[:1] if pack == "tensor" or pack.endswith("one") else xs
    by_position = GeneratorAdversarialLoss(average, kind)
    by_keyword = GeneratorAdversarialLoss(loss_type=kind, average_by_discriminators=average)
    assert by_position.average_by_discriminators is average
    for loss in [by_position, by_keyword, *copies(by_position)]:
        agree(loss(PACKS[pack](xs)), wanted, used)
    agree(by_keyword(outputs=PACKS[pack](xs)), wanted, used)


@LAYOUTS
@AVERAGE
@TYPES
def test_parallel_wavegan_discriminator(kind, average, pack):
    fakes = [logits(2, 1, 9), logits(2, 1, 5, seed=1), logits(1, 1, seed=2)]
    reals = [logits(3, 1, 7, seed=3), logits(2, 2, 3, 2, seed=4), logits(1, 1, seed=5)]  # not the fakes' sizes
    used = 1 if pack == "tensor" or pack.endswith("one") else 3
    wanted_real = over_discriminators(REAL[kind], reals, pack, average)
    wanted_fake = over_discriminators(FAKE[kind], fakes, pack, average)
    fake, real = PACKS[pack](fakes), PACKS[pack](reals)
    by_position = DiscriminatorAdversarialLoss(average, kind)
    by_keyword = DiscriminatorAdversarialLoss(loss_type=kind, average_by_discriminators=average)
    for loss in [by_position, by_keyword, *copies(by_position)]:
        real_loss, fake_loss = loss(fake, real)  # the fake side comes first, and the real one's loss is returned first
        agree(real_loss, wanted_real, reals[:used])
        agree(fake_loss, wanted_fake, fakes[:used])
        assert all(g is None for g in torch.autograd.grad(real_loss, fakes, allow_unused=True, retain_graph=True))
        assert all(g is None for g in torch.autograd.grad(fake_loss, reals, allow_unused=True, retain_graph=True))
    real_loss, fake_loss = by_keyword(outputs=real, outputs_hat=fake)
    agree(2 * real_loss - 0.5 * fake_loss, 2 * wanted_real - 0.5 * wanted_fake, [*reals[:used], *fakes[:used]], 75.0)


@SHAPES
@TYPES
def test_parallel_wavegan_tensors(kind, shape):
    fake, real = logits(*shape), logits(*shape, seed=1)
    agree(GeneratorAdversarialLoss(loss_type=kind)(fake), GENERATOR[kind](fake).mean(), fake)
    real_loss, fake_loss = DiscriminatorAdversarialLoss(loss_type=kind)(fake, real)
    agree(real_loss, REAL[kind](real).mean(), real)
    agree(fake_loss, FAKE[kind](fake).mean(), fake)
    assert real_loss.dtype == torch.float64


@pytest.mark.parametrize("container", [list, tuple])
@pytest.mark.parametrize("final", FLAGS)
@AVERAGE
@pytest.mark.parametrize("layers", FLAGS)
def test_parallel_wavegan_feature_matching(layers, average, final, container):
    shapes = [[(2, 4, 9), (2, 3, 5), (2, 1, 5)], [(2, 4, 6, 2), (2, 1, 3, 2)], [(1, 2), (1, 3), (1, 4), (1, 1)]]
    fake = [[logits(*s, seed=10 * i + j) for j, s in enumerate(row)] for i, row in enumerate(shapes)]
    # Between the multiples of 1/8 plus 0.07 of the fakes, so that no difference is small.
    real = [[(x + 1 / 16).detach().flip(-1).requires_grad_() for x in row] for row in fake]
    wanted, inputs = 0.0, []
    for row, others in zip(fake, real, strict=True):
        kept = len(row) if final else len(row) - 1
        terms = [(a - b.detach()).abs().mean() for a, b in zip(row[:kept], others[:kept], strict=True)]
        wanted = wanted + sum(terms) / (kept if layers else 1)
        inputs += row[:kept]
    wanted = wanted / (len(fake) if average else 1)
    fake_maps, real_maps = (container(container(row) for row in maps) for maps in (fake, real))
    loss = FeatureMatchLoss(layers, average, final)
    for each in [loss, *copies(loss)]:
        agree(each(fake_maps, real_maps), wanted, inputs)
    loss = FeatureMatchLoss(include_final_outputs=final, average_by_discriminators=average, average_by_layers=layers)
    agree(actual := loss(feats=real_maps, feats_hat=fake_maps), wanted, inputs)
    ends = [] if final else [row[-1] for row in fake]
    blocked = [x for row in real for x in row] + ends  # nothing flows to the real side, nor to what was left out
    assert all(g is None for g in torch.autograd.grad(actual, blocked, allow_unused=True))


SIDES = {
    "adv": (audiocraft.get_adv_criterion, GENERATOR),
    "real": (audiocraft.get_real_criterion, REAL),
    "fake": (audiocraft.get_fake_criterion, FAKE),
}
EACH_SIDE = pytest.mark.parametrize("side", SIDES)
KINDS = pytest.mark.parametrize("kind", ["mse", "hinge", "hinge2"])


@SHAPES
@EACH_SIDE
@KINDS
def test_audiocraft_criteria(kind, side, shape):
    get, terms = SIDES[side]
    x = logits(*shape)
    for criterion in [get(kind), get(loss_type=kind), pickle.loads(pickle.dumps(get(kind)))]:
        agree(criterion(x), terms[kind](x).mean(), x)
    assert get(kind)(x.float()).dtype == torch.float32


@EACH_SIDE
@KINDS
@pytest.mark.parametrize("shape", [(0,), (1, 2, 0)], ids=str)
def test_audiocraft_empty_tensors(shape, kind, side):
    criterion = SIDES[side][0](kind)
    if side == "adv":
        result = criterion(torch.zeros(shape))
        assert result.shape == (1,)
        assert result.item() == 0
    else:
        with pytest.raises(ValueError, match="empty"):  # only the generator's criteria know of empty tensors: theirs give NaN
            criterion(torch.zeros(shape))


CHOOSE = [GeneratorAdversarialLoss, DiscriminatorAdversarialLoss, *(get for get, _ in SIDES.values())]
UNKNOWN = [(choose, kind) for choose in CHOOSE for kind in ("lsgan", "MSE", "", None)]


@pytest.mark.parametrize(("choose", "kind"), [*UNKNOWN, (CHOOSE[0], "hinge2"), (CHOOSE[1], "hinge2")])
def test_unknown_types_raise_what_the_originals_raise(choose, kind):
    with pytest.raises(AssertionError):
        choose(loss_type=kind)


@pytest.mark.parametrize("normalize", FLAGS)
@pytest.mark.parametrize("power", [1, 2])
def test_audiocraft_feature_matching(power, normalize):
    shapes = [(2, 4, 9), (2, 3, 5), (2, 1, 5, 2), (1, 1)]
    fake = [logits(*s, seed=j) for j, s in enumerate(shapes)]
    real = [(x + 1 / 16).detach().flip(-1).requires_grad_() for x in fake]
    terms = [((a - b).abs() ** power).mean() for a, b in zip(fake, real, strict=True)]
    wanted = sum(terms) / (len(terms) if normalize else 1)
    module = nn.L1Loss() if power == 1 else nn.MSELoss()
    losses = [FeatureMatchingLoss(module, normalize), FeatureMatchingLoss(normalize=normalize, loss=module)]
    losses += [FeatureMatchingLoss(normalize=normalize)] if power == 1 else []
    for loss in [*losses, *copies(losses[0])]:
        agree(loss(fake, real), wanted, [*fake, *real])  # the real side is not cut off
        agree(loss(fmap_real=tuple(real), fmap_fake=tuple(fake)), wanted, [*fake, *real])


def test_audiocraft_feature_matching_wants_equal_lists():
    loss, one, other = FeatureMatchingLoss(), torch.zeros(1, 2, 5), torch.zeros(1, 2, 6)
    for fake, real in [([], []), ([one], [one, one]), ([one, one], [one]), ([one], [other])]:
        with pytest.raises(AssertionError):
            loss(fake, real)


class Critic(nn.Module):
    """Sub-discriminators as audiocraft's: a list of logits, and a list of lists of feature maps."""

    def __init__(self, seed=0, count=3):
        super().__init__()
        self.first = nn.ParameterList([numbers(4, 1 + i, seed=seed + i) for i in range(count)])
        self.last = nn.ParameterList([numbers(4, seed=seed + 10 + i) for i in range(count)])

    def forward(self, x):
        logits, maps = [], []
        for first, last in zip(self.first, self.last, strict=True):
            hidden = torch.tanh(torch.einsum("hk,bctk->bht", first, x.unfold(2, first.shape[1], 1)))
            maps.append([hidden, hidden[:, :, 1:] ** 2])
            logits.append(torch.einsum("h,bht->bt", last, hidden))
        return logits, maps


def adversarial(kind, seed=0, normalize=True, feature=False, optimizer=torch.optim.SGD):
    critic = Critic(seed)
    criteria = [get(kind) for get, _ in SIDES.values()]
    feat = FeatureMatchingLoss() if feature else None
    return AdversarialLoss(critic, optimizer(critic.parameters(), lr=0.125), *criteria, feat, normalize)


def waves(seed=0):
    return numbers(3, 1, 8, seed=seed).requires_grad_(), numbers(2, 1, 11, seed=seed + 1).requires_grad_()


away_from_kinks = lambda *logits: all(((x.abs() - 1).abs() > 1e-4).all() for x in logits)


@pytest.mark.parametrize("normalize", FLAGS)
@KINDS
def test_audiocraft_train_adv(kind, normalize):
    gan = adversarial(kind, normalize=normalize)
    critic, twin, (fake, real) = gan.adversary, copy.deepcopy(gan.adversary), waves()
    for p in critic.parameters():
        p.grad = torch.full_like(p, 100.0)  # left from the generator's step, and to be forgotten
    pairs = list(zip(twin(fake.detach())[0], twin(real.detach())[0], strict=True))
    assert all(away_from_kinks(*pair) for pair in pairs)
    wanted = sum(FAKE[kind](f).mean() + REAL[kind](r).mean() for f, r in pairs) / (len(pairs) if normalize else 1)
    wanted.backward()
    loss = gan.train_adv(fake, real)
    close(loss, wanted, 50.0)
    for p, q in zip(critic.parameters(), twin.parameters(), strict=True):
        close(p.grad, q.grad, 25.0, torch.finfo(loss.dtype).eps)
        close(p, q - 0.125 * p.grad)  # the optimizer has made its step
    assert fake.grad is real.grad is None


@pytest.mark.parametrize("feature", FLAGS)
@pytest.mark.parametrize("normalize", FLAGS)
@KINDS
def test_audiocraft_generator(kind, normalize, feature):
    gan = adversarial(kind, normalize=normalize, feature=feature)
    critic, fake, real = gan.adversary, numbers(3, 1, 8).requires_grad_(), numbers(3, 1, 8, seed=1).requires_grad_()
    critic.first[1].requires_grad_(False)
    logits, fake_maps = critic(fake)
    _, real_maps = critic(real)
    assert away_from_kinks(*logits)
    count = len(logits) if normalize else 1
    wanted = sum(GENERATOR[kind](x).mean() for x in logits) / count
    for loss in [gan, *copies(gan)]:
        adv, feat = loss(fake, real)
        agree(adv, wanted, fake)
        if feature:
            rows = [[(a - b).abs().mean() for a, b in zip(*two, strict=True)] for two in zip(fake_maps, real_maps, strict=True)]
            agree(feat, sum(sum(row) / len(row) for row in rows) / count, [fake, real])
        else:
            assert feat.shape == ()
            assert feat.item() == 0
    (2 * gan(real=real, fake=fake)[0]).backward()
    assert all(p.grad is None for p in critic.parameters())  # the adversary is read-only meanwhile,
    flags = {name: p.requires_grad for name, p in critic.named_parameters()}
    assert flags == {name: name != "first.1" for name in flags}  # and as it was afterwards


def test_audiocraft_takes_any_callables():
    class Half(nn.Module):
        def forward(self, fake, real):
            return sum((a - b).sum() for a, b in zip(fake, real, strict=True)) / 2

    critic, fake, real = Critic(), *(x[:2, :, :8].detach().requires_grad_() for x in waves())
    keywords = {"adversary": critic, "optimizer": torch.optim.SGD(critic.parameters(), lr=0.0), "normalize": False}
    keywords |= {"loss": torch.mean, "loss_real": lambda x: x.exp().mean(), "loss_fake": lambda x: (-x).exp().sum()}
    gan = AdversarialLoss(loss_feat=Half(), **keywords)
    (fakes, fake_maps), (reals, real_maps) = critic(fake), critic(real)
    agree(gan(fake, real)[0], sum(x.mean() for x in fakes), fake)
    agree(gan(fake, real)[1], sum(map(Half(), fake_maps, real_maps)), [fake, real])
    wanted = sum(r.exp().mean() + (-f).exp().sum() for f, r in zip(fakes, reals, strict=True))
    close(gan.train_adv(fake, real), wanted, 200.0)


WRONG = {
    "logits in a tuple": lambda x: ((x,), [[x]]),
    "a tensor of logits": lambda x: (x, [[x]]),
    "maps in a tuple": lambda x: ([x], ([x],)),
    "flat maps": lambda x: ([x], [x]),
    "a number as a map": lambda x: ([x], [[1.0]]),
}


@pytest.mark.parametrize("outputs", WRONG)
def test_audiocraft_wants_lists_of_the_adversary(outputs):
    class Wrong(Critic):
        def forward(self, x):
            return WRONG[outputs](x)

    gan = adversarial("hinge")
    gan.adversary = Wrong()
    for call in (gan, gan.train_adv):
        with pytest.raises(AssertionError):
            call(*waves())
    assert all(p.requires_grad for p in gan.adversary.parameters())  # also after an exception


def test_audiocraft_state_is_that_of_adversary_and_optimizer():
    steps = lambda gan, *seeds: [gan.train_adv(*waves(seed)).item() for seed in seeds]
    first = adversarial("mse", feature=True, optimizer=torch.optim.Adam)
    names = [f"adversary.{name}" for name, _ in first.adversary.named_parameters()]
    assert isinstance(first, nn.Module)
    assert [name for name, _ in first.named_parameters()] == names
    assert set(first.state_dict()) == {*names, "optimizer"}
    steps(first, 2, 4)
    state = first.state_dict()
    assert all(torch.equal(state[f"adversary.{name}"], p) for name, p in first.adversary.state_dict().items())
    assert set(state["optimizer"]) == {"state", "param_groups"}
    assert len(state["optimizer"]["state"]) == len(names)
    others = [adversarial("mse", 50, feature=True, optimizer=torch.optim.Adam) for _ in range(2)]
    for gan in (others[0], nn.ModuleDict({"gan": others[1]})):  # on its own, and as a part of something
        torch.save(state if gan is others[0] else nn.ModuleDict({"gan": first}).state_dict(), file := io.BytesIO())
        file.seek(0)
        saved = torch.load(file, weights_only=True)
        before = set(saved)
        gan.load_state_dict(saved)
        assert set(saved) == before  # the caller's dictionary is left as it was
    clones = copies(first)
    wanted = steps(first, 6, 8, 10)
    for gan in (*others, *clones):  # each has its own adversary, and the optimizer that moves it
        assert steps(gan, 6, 8, 10) == wanted


def test_parallel_wavegan_averages_as_it_is_told_now():
    loss = GeneratorAdversarialLoss()
    loss.average_by_discriminators = False
    assert loss([torch.zeros(2, 1), torch.zeros(3, 1)]) == 2.0


def test_parallel_wavegan_refuses_what_does_not_match():
    features = [[torch.ones(2, 3), torch.zeros(2)] for _ in range(3)]
    of_real = [[3.0 * feature for feature in each] for each in features]
    assert FeatureMatchLoss()(features, of_real) == 2.0
    with pytest.raises(ValueError, match="must be as many"):  # theirs leaves out what only one side has
        FeatureMatchLoss()(features, of_real[:2])
    for fake, real in (([torch.ones(2)] * 2, [torch.ones(2)]), ([torch.ones(2)], torch.ones(2))):
        with pytest.raises(ValueError, match="as many outputs of fakes as of reals"):
            DiscriminatorAdversarialLoss()(fake, real)
