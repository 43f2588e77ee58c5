"""A GAN on handwritten digits: the plain PyTorch training loop with one loss object.

Run `python examples/pytorch_loop.py`; it needs `pip install '.[torch]' scikit-learn`.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from ganloss_torch import GANLoss


def main(steps: int = 3000) -> list[tuple[float, float]]:
    """Train for so many steps and return the losses (of D, of G) of each."""
    torch.manual_seed(0)
    digits = torch.tensor(load_digits().data, dtype=torch.float32) / 8 - 1  # (1797, 64), in [-1, 1]

    act = nn.LeakyReLU(0.2)
    generator = nn.Sequential(nn.Linear(32, 256), act, nn.Linear(256, 256), act, nn.Linear(256, 64), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(64, 256), act, nn.Linear(256, 256), act, nn.Linear(256, 1))  # logits: no sigmoid
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=5e-4, betas=(0.5, 0.99))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=5e-4, betas=(0.5, 0.99))
    loss = GANLoss("hinge")

    losses = []
    for step in range(1, steps + 1):
        real = digits[torch.randint(len(digits), (64,))]
        fake = generator(torch.randn(64, 32))

        # The loss detaches nothing: D's step gets detached images, so that G gets no gradient from it.
        d_loss = loss.discriminator(discriminator(real), discriminator(fake.detach()))
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        # A relativistic loss, such as "rpgan", compares with reals here too: loss.generator(..., real=discriminator(real)).
        g_loss = loss.generator(discriminator(fake))
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        losses.append((d_loss.item(), g_loss.item()))
        if step % 500 == 0:
            print(f"step {step:5}  D {d_loss:.3f}  G {g_loss:.3f}")
    return losses


if __name__ == "__main__":
    main()
