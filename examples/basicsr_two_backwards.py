"""Super-resolution of handwritten digits, 4x4 to 8x8, in the loop of BasicSR and Real-ESRGAN, with its one-sided calls.

Run `python examples/basicsr_two_backwards.py`; it needs `pip install '.[torch]' scikit-learn`.
"""

from functools import partial

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from ganloss_torch import GANLoss


def main(steps: int = 1000) -> list[tuple[float, float]]:
    """Train for so many steps and return the losses (of D, of G, with its pixel loss) of each."""
    torch.manual_seed(0)
    digits = torch.tensor(load_digits().images[:, None], dtype=torch.float32) / 8 - 1  # (1797, 1, 8, 8), in [-1, 1]

    conv, act = partial(nn.Conv2d, kernel_size=3, padding=1), nn.LeakyReLU(0.2)
    net_g = nn.Sequential(conv(1, 32), act, conv(32, 32), act, nn.Upsample(scale_factor=2), conv(32, 32), act, conv(32, 1))
    net_d = nn.Sequential(conv(1, 32), act, nn.Conv2d(32, 64, 4, 2, 1), act, conv(64, 64), act, conv(64, 1))  # 4x4 logits
    optimizer_g = torch.optim.Adam(net_g.parameters(), lr=1e-3, betas=(0.9, 0.99))
    optimizer_d = torch.optim.Adam(net_d.parameters(), lr=1e-3, betas=(0.9, 0.99))
    loss = GANLoss("vanilla")  # the one-sided call is for losses that compare nothing: no relativistic ones

    losses = []
    for step in range(1, steps + 1):
        gt = digits[torch.randint(len(digits), (32,))]
        lq = F.avg_pool2d(gt, 2)

        net_d.requires_grad_(False)
        optimizer_g.zero_grad()
        output = net_g(lq)
        l_pixel = F.l1_loss(output, gt)
        l_g = l_pixel + 0.1 * loss(net_d(output), True, is_disc=False)
        l_g.backward()
        optimizer_g.step()

        # Two backward passes, so that only one of the two graphs is in memory at a time.
        net_d.requires_grad_(True)
        optimizer_d.zero_grad()
        l_d_real = loss(net_d(gt), True, is_disc=True)
        l_d_real.backward()
        l_d_fake = loss(net_d(output.detach()), False, is_disc=True)
        l_d_fake.backward()
        optimizer_d.step()

        losses.append((l_d_real.item() + l_d_fake.item(), l_g.item()))
        if step % 200 == 0:
            print(f"step {step:5}  D real {l_d_real:.3f} + fake {l_d_fake:.3f}  G {l_g:.3f}, of which L1 {l_pixel:.3f}")
    return losses


if __name__ == "__main__":
    main()
