"""StyleGAN2's objective on handwritten digits: lazy R1 and path length, each an optimiser step of its own, from one table.

Run `python examples/stylegan2_loop.py`; it needs `pip install '.[torch]' scikit-learn`.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from ganloss_torch import Objective, lazy_regularization


def main(steps: int = 3000) -> list[tuple[float, float]]:
    """Train for so many steps and return the adversarial losses (of D, of G) of each."""
    torch.manual_seed(0)
    digits = torch.tensor(load_digits().data, dtype=torch.float32) / 8 - 1  # (1797, 64), in [-1, 1]

    act = nn.LeakyReLU(0.2)
    mapping = nn.Sequential(nn.Linear(32, 128), act)  # z to latents, which path length looks at
    synthesis = nn.Sequential(nn.Linear(128, 256), act, nn.Linear(256, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8)))
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(64, 256), act, nn.Linear(256, 256), act, nn.Linear(256, 1))

    objective = Objective("stylegan2", r1_gamma=0.1)
    d_lazy, g_lazy = (lazy_regularization(interval, lr=1e-3, betas=(0.0, 0.99)) for interval in (16, 4))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), d_lazy.lr, betas=d_lazy.betas)
    g_optimizer = torch.optim.Adam([*mapping.parameters(), *synthesis.parameters()], g_lazy.lr, betas=g_lazy.betas)

    losses, state = [], objective.init()
    for step in range(steps):
        logged = {}
        due = objective.due(step)
        for terms in due.discriminator:
            real, fake = digits[torch.randint(len(digits), (64,))].view(-1, 1, 8, 8), synthesis(mapping(torch.randn(64, 32)))
            d = objective.discriminator(discriminator, real=real, fake=fake, step=step, state=state, terms=terms)
            update(d_optimizer, d.total)
            state = d.state
            logged |= {f"d/{name}": value.item() for name, value in d.terms.items()}
        for terms in due.generator:
            latents = mapping(torch.randn(64, 32))
            given = {"fake": synthesis(latents), "generator": synthesis, "latents": latents}
            g = objective.generator(discriminator, **given, step=step, state=state, terms=terms)
            update(g_optimizer, g.total)
            state = g.state
            logged |= {f"g/{name}": value.item() for name, value in g.terms.items()}
        losses.append((logged["d/adversarial"], logged["g/adversarial"]))
        if step % 496 == 0:
            print(f"step {step:5}  " + "  ".join(f"{name} {value:.3f}" for name, value in logged.items()))
    return losses


def update(optimizer: torch.optim.Optimizer, total: torch.Tensor) -> None:
    """One optimiser step."""
    optimizer.zero_grad()
    total.backward()
    optimizer.step()


if __name__ == "__main__":
    main()
