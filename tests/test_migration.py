"""The pages for those who come from a codebase: their lines run, and train as the codebase's own do."""

import ast
import copy

import jax.numpy as jnp
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import ganloss_torch as gan
from ganloss_core import dialects

PHASES = ("stylegan2_ada", "stylegan3")
GIVEN = {"tfgan": lambda: jnp.ones(4), "spade": lambda: [[torch.ones(1), torch.ones(4, 1)]]}


def after(codebase):
    return dialects.codebase(codebase).after


@pytest.mark.parametrize("codebase", [each for each in dialects.codebases() if each not in (*PHASES, "pix2pixhd")])
def test_the_lines_after_run(codebase):
    nodes = list(ast.walk(ast.parse(after(codebase))))
    names = [
        {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}
        for kind in (ast.Load, ast.Store)
    ]
    make = GIVEN.get(codebase, lambda: torch.ones(4, 1))
    scope = {name: make() for name in names[0] - names[1]} | {"GANLoss": gan.GANLoss}
    exec(after(codebase), scope)
    # Made in each step, a loss costs more than its call.
    made = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GANLoss"]
    assigned = [node.value for node in nodes if isinstance(node, ast.Assign)] + [
        n.value for n in nodes if isinstance(n, ast.Expr)
    ]
    assert all(any(call is value for value in assigned) for call in made)


def test_pix2pixhds_three_losses():
    """NVIDIA/pix2pixHD: GANLoss of networks.py, the loops of pix2pixHD_model.py and the half of train.py."""
    torch.manual_seed(0)
    n_layers, lambda_feat = 3, 10.0
    preds = [
        [[torch.randn(2, 3 + i, 4, 4, requires_grad=True) for i in range(n_layers + 2)] for _ in range(2)] for _ in range(3)
    ]
    real, fake, pool = preds
    scope = dict(zip(("pred_real", "pred_fake", "pred_fake_pool"), preds, strict=True), lambda_feat=lambda_feat)
    exec(after("pix2pixhd"), scope)
    loss_d = 0.5 * sum((r[-1] - 1).square().mean() + p[-1].square().mean() for r, p in zip(real, pool, strict=True))
    loss_g = sum((f[-1] - 1).square().mean() for f in fake)
    loss_feat = 0.0
    for r, f in zip(real, fake, strict=True):
        for a, b in zip(r[:-1], f[:-1], strict=True):
            loss_feat = loss_feat + lambda_feat * (4.0 / (n_layers + 1)) * (1.0 / len(fake)) * F.l1_loss(b, a.detach())
    for name, wanted in (("loss_D", loss_d), ("loss_G_GAN", loss_g), ("loss_G_GAN_Feat", loss_feat)):
        at = [x for pred in preds for scale in pred for x in scale]
        ours, theirs = (torch.autograd.grad(loss, at, allow_unused=True) for loss in (scope[name], wanted))
        for a, b in zip((scope[name].detach(), *ours), (wanted.detach(), *theirs), strict=True):
            assert (a is None) == (b is None)
            # Sums of 8 terms, and a factor that is split differently.
            assert a is None or torch.allclose(a, b, rtol=1e-6, atol=0)


class Mapping(nn.Linear):
    def forward(self, z, c):
        return super().forward(z)[:, None].repeat(1, 2, 1)


class Synthesis(nn.Linear):
    """Its last bias, as toRGB's, moves no slope."""

    def __init__(self, *shape):
        super().__init__(*shape)
        self.last = nn.Parameter(torch.ones(shape[1]))

    def forward(self, ws):
        return (torch.tanh(super().forward(ws.flatten(1))) + self.last).unflatten(1, (3, 2, 2))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(12, 6), nn.Linear(6, 1)

    def forward(self, img, c):
        return self.last(F.silu(self.first(img.flatten(1) + c)))


def theirs(codebase, phase, nets, z, img, noise, gain, r1_gamma, pl_weight, pl_decay, pl_mean):
    """training/loss.py of both repositories: accumulate_gradients, without augmentation, mixing and blur."""
    mapping, synthesis, critic = nets
    c = 0.0
    zero = lambda x: x * 0 if codebase == "stylegan2_ada" else 0.0
    if phase == "Gmain":
        F.softplus(-critic(synthesis(mapping(z, c)), c)).mean().mul(gain).backward()
    elif phase == "Greg":
        ws = mapping(z[: len(z) // 2], c)
        image = synthesis(ws)
        g = torch.autograd.grad((image * noise / 2.0).sum(), ws, create_graph=True)[0]  # 2 by 2 pixels
        lengths = g.square().sum(2).mean(1).sqrt()
        mean = pl_mean + pl_decay * (lengths.mean() - pl_mean)
        (zero(image[:, 0, 0, 0]).sum() + ((lengths - mean).square() * pl_weight).mean()).mul(gain).backward()
    elif phase == "Dmain":
        F.softplus(critic(synthesis(mapping(z, c)), c)).mean().mul(gain).backward()
        logits = critic(img, c)
        (zero(logits) + F.softplus(-logits)).mean().mul(gain).backward()
    else:
        x = img.detach().requires_grad_()
        logits = critic(x, c)
        g = torch.autograd.grad(logits.sum(), x, create_graph=True)[0]
        (zero(logits) + g.square().sum([1, 2, 3])[:, None] * (r1_gamma / 2)).mean().mul(gain).backward()


@pytest.mark.parametrize("codebase", PHASES)
def test_the_phases_of_stylegan_give_its_gradients(codebase):
    """Also None where theirs is None, and 0 where it is 0, which Adam tells apart."""
    torch.manual_seed(0)
    nets = [Mapping(5, 4).double(), Synthesis(8, 12).double(), Critic().double()]
    z, img, noise = torch.randn(6, 5).double(), torch.randn(6, 3, 2, 2).double(), torch.randn(3, 3, 2, 2).double()
    preamble, *phases = after(codebase).split("\n# ")
    phases = dict(phase.split("\n", 1) for phase in phases)
    assert set(phases) == {"Gmain", "Dmain", "Dreg"} | ({"Greg"} if codebase == "stylegan2_ada" else set())
    settings = {"gain": 16, "r1_gamma": 10.0, "pl_weight": 2.0, "pl_decay": 0.01}
    for phase, lines in phases.items():
        mapping, synthesis, critic = ours = [copy.deepcopy(net) for net in nets]
        trained = ours[:2] if phase[0] == "G" else ours[2:]
        for net in ours:
            net.requires_grad_(net in trained)

        def run_g(z, c, update_emas=False, mapping=mapping, synthesis=synthesis):
            ws = mapping(z, c)
            return synthesis(ws), ws

        run_d = lambda img, c, blur_sigma=0, update_emas=False, critic=critic: critic(img, c)
        scope = {
            "run_G": run_g,
            "run_D": run_d,
            "G_synthesis": synthesis,
            "gen_z": z,
            "gen_c": z,
            "real_img": img,
            "real_c": 0.0,
        }
        scope |= settings | {"pl_batch_shrink": 2, "blur_sigma": 0, "gen_c": torch.zeros(6, 1)}
        exec(preamble, scope)
        if phase == "Greg":
            lines = lines.replace("path_length(G_synthesis, ws)", "path_length(G_synthesis, ws, noise=noise)")
            scope["noise"] = noise
        exec(lines, scope)
        others = [copy.deepcopy(net) for net in nets]
        for net, our in zip(others, ours, strict=True):
            net.requires_grad_(our in trained)
        theirs(codebase, phase, others, z, img, noise, **settings, pl_mean=0.0)
        for our, net in zip(ours, others, strict=True):
            for (name, a), b in zip(our.named_parameters(), net.parameters(), strict=True):
                assert (a.grad is None) == (b.grad is None), (phase, name)
                assert a.grad is None or torch.allclose(a.grad, b.grad, rtol=1e-12, atol=1e-15), (phase, name)
