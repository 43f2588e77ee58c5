"""A GAN on handwritten digits in Lightning: manual optimisation, D's loss logged in its two parts.

Run `python examples/lightning_manual.py`; it needs `pip install '.[torch]' lightning scikit-learn`.
"""

import lightning as L
import torch
from sklearn.datasets import load_digits
from torch import nn

from ganloss_torch import GANLoss


class GAN(L.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        act = nn.LeakyReLU(0.2)
        self.generator = nn.Sequential(nn.Linear(32, 256), act, nn.Linear(256, 256), act, nn.Linear(256, 64), nn.Tanh())
        self.discriminator = nn.Sequential(nn.Linear(64, 256), act, nn.Linear(256, 256), act, nn.Linear(256, 1))
        self.loss, self.losses = GANLoss("logistic"), []

    def configure_optimizers(self):
        """D's, then G's."""
        return [torch.optim.Adam(m.parameters(), lr=5e-4, betas=(0.5, 0.99)) for m in (self.discriminator, self.generator)]

    def training_step(self, real: torch.Tensor, batch_idx: int) -> None:
        """Train D, then G."""
        d_optimizer, g_optimizer = self.optimizers()
        noise = torch.randn(len(real), 32, device=self.device)
        self.toggle_optimizer(d_optimizer)
        terms = self.loss.discriminator_terms(self.discriminator(real), self.discriminator(self.generator(noise).detach()))
        d_optimizer.zero_grad()
        self.manual_backward(terms.real + terms.fake)  # is loss.discriminator(...); a paired loss has terms.pair
        d_optimizer.step()
        self.untoggle_optimizer(d_optimizer)
        self.toggle_optimizer(g_optimizer)
        g_loss = self.loss.generator(self.discriminator(self.generator(noise)))
        g_optimizer.zero_grad()
        self.manual_backward(g_loss)
        g_optimizer.step()
        self.untoggle_optimizer(g_optimizer)
        self.log_dict({"d_real": terms.real, "d_fake": terms.fake, "g": g_loss})
        self.losses.append((terms.real.item() + terms.fake.item(), g_loss.item()))
        if (batch_idx + 1) % 500 == 0:
            self.print(f"step {batch_idx + 1:5}  D real {terms.real:.3f} + fake {terms.fake:.3f}  G {g_loss:.3f}")


def main(steps: int = 3000) -> list[tuple[float, float]]:
    """Train for so many steps and return the losses (of D, of G) of each."""
    L.seed_everything(0, verbose=False)
    digits = torch.tensor(load_digits().data, dtype=torch.float32) / 8 - 1  # (1797, 64), in [-1, 1]
    batches, gan = digits[torch.randint(len(digits), (steps, 64))], GAN()  # any iterable of batches will do
    off = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    L.Trainer(accelerator="cpu", max_epochs=1, **off).fit(gan, batches)
    return gan.losses


if __name__ == "__main__":
    main()
