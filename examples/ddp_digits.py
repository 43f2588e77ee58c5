"""A GAN on handwritten digits, trained by one process and by two, whose batches differ in size: the losses are the same.

Run `python examples/ddp_digits.py`; it needs `pip install '.[torch]' matplotlib scikit-learn`, and draws ddp_digits.png.
"""

import tempfile

import torch
import torch.distributed as dist
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ganloss_torch import GANLoss

SHARES = {1: (0, 64), 2: (0, 40, 64)}  # which samples of a batch of 64 are whose


def train(rank: int, processes: int, steps: int, folder: str) -> None:
    """One process; the losses (of D, of G) of each step are saved."""
    torch.set_num_threads(max(1, torch.get_num_threads() // processes))
    dist.init_process_group("gloo", init_method=f"file://{folder}/store{processes}", rank=rank, world_size=processes)
    torch.manual_seed(0)  # all processes draw the whole batch, and take their share
    digits = torch.tensor(load_digits().data) / 8 - 1  # (1797, 64), in [-1, 1]; in double precision, since roundings grow
    own = slice(*SHARES[processes][rank : rank + 2])

    act = nn.LeakyReLU(0.2)
    generator = DistributedDataParallel(nn.Sequential(nn.Linear(32, 256), act, nn.Linear(256, 64), nn.Tanh()).double())
    critic = DistributedDataParallel(nn.Sequential(nn.Linear(64, 256), act, nn.Linear(256, 1)).double())
    g_optimizer, d_optimizer = (torch.optim.Adam(net.parameters(), 5e-4, (0.5, 0.99)) for net in (generator, critic))
    loss = GANLoss("rasgan", group="world")  # without group, each process would compare with the means of its own share

    losses = []
    for _ in range(steps):
        real, noise = digits[torch.randint(len(digits), (64,))][own], torch.randn(64, 32).double()[own]
        fake = generator(noise)
        d_loss = loss.discriminator(critic(real), critic(fake.detach()))
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        g_loss = loss.generator(critic.module(fake), real=critic.module(real))
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        losses.append((d_loss.item(), g_loss.item()))
    torch.save(losses, f"{folder}/{processes}.pt")
    dist.destroy_process_group()


def main(steps: int = 1000, picture: str = "ddp_digits.png") -> list[list[tuple[float, float]]]:
    """Train with one process and with two, draw the losses of D, and return those of both players."""
    with tempfile.TemporaryDirectory() as folder:
        train(0, 1, steps, folder)
        torch.multiprocessing.spawn(train, (2, steps, folder), nprocs=2)
        one, two = (torch.load(f"{folder}/{processes}.pt") for processes in SHARES)
    figure = Figure()
    axes = figure.subplots()
    axes.plot([d for d, _ in one], linewidth=4, alpha=0.4, label="one process, 64 samples")
    axes.plot([d for d, _ in two], linewidth=1, label="two processes, 40 and 24")
    axes.set(xlabel="step", ylabel="loss of D")
    axes.legend()
    figure.savefig(picture)
    return [one, two]


if __name__ == "__main__":
    main()
