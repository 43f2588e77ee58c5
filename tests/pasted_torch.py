"""PyTorch's of the pasted losses."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from pasted import Pasted

# torch, right


class PatchLSGANLoss(nn.Module):
    def __init__(self, target_real_label=1.0, target_fake_label=0.0):
        super().__init__()
        self.register_buffer("real_label", torch.tensor(target_real_label))
        self.register_buffer("fake_label", torch.tensor(target_fake_label))
        self.loss = nn.MSELoss()

    def get_target_tensor(self, prediction, target_is_real):
        label = self.real_label if target_is_real else self.fake_label
        return label.to(prediction).expand_as(prediction)

    def __call__(self, prediction, target_is_real):
        return self.loss(prediction, self.get_target_tensor(prediction, target_is_real))


class HingeGANLoss(nn.Module):
    def __init__(self, loss_weight=1.0):
        super().__init__()
        self.loss_weight = loss_weight
        self.relu = nn.ReLU()

    def forward(self, pred, target_is_real, is_disc=False):
        if is_disc:
            signed = -pred if target_is_real else pred
            return self.relu(1 + signed).mean()
        return self.loss_weight * -pred.mean()


def d_logistic_loss(real_pred, fake_pred):
    real_loss = F.softplus(-real_pred)
    fake_loss = F.softplus(fake_pred)
    return real_loss.mean() + fake_loss.mean()


def g_nonsaturating_loss(fake_pred):
    return F.softplus(-fake_pred).mean()


def loss_hinge_dis(dis_fake, dis_real):
    loss_real = torch.mean(torch.clamp(1.0 - dis_real, min=0))
    loss_fake = torch.mean(torch.clamp(1.0 + dis_fake, min=0))
    return loss_real + loss_fake


def loss_hinge_gen(dis_fake):
    return -torch.mean(dis_fake)


def sagan_d_loss(d_out_real, d_out_fake):
    zero = torch.zeros_like(d_out_real)
    loss_real = -torch.minimum(zero, d_out_real - 1).mean()
    loss_fake = -torch.minimum(torch.zeros_like(d_out_fake), -d_out_fake - 1).mean()
    return loss_real + loss_fake


def sagan_g_loss(d_out_fake):
    return d_out_fake.mean().neg()


def dcgan_d(output_real, output_fake):
    criterion = nn.BCEWithLogitsLoss()
    err_real = criterion(output_real, torch.ones_like(output_real))
    err_fake = criterion(output_fake, torch.zeros_like(output_fake))
    return err_real + err_fake


def dcgan_g(output_fake):
    return nn.BCEWithLogitsLoss()(output_fake, torch.ones_like(output_fake))


class SigmoidBCE:
    def __init__(self):
        self.bce = nn.BCELoss()

    def __call__(self, logits, target_is_real):
        prob = torch.sigmoid(logits)
        target = torch.full_like(prob, 1.0 if target_is_real else 0.0)
        return self.bce(prob, target)


def vanilla_d(D_real, D_fake):
    eps = 1e-8
    return -(torch.log(torch.sigmoid(D_real) + eps).mean() + torch.log(1 - torch.sigmoid(D_fake) + eps).mean())


def vanilla_g_minimax(D_fake):
    return torch.log(1 - torch.sigmoid(D_fake) + 1e-8).mean()


def lsgan_per_sample_d(y_d_rs, y_d_gs):
    r_losses = [torch.mean((1 - dr) ** 2) for dr in y_d_rs]
    g_losses = [torch.mean(dg**2) for dg in y_d_gs]
    return sum(r_losses) / len(r_losses) + sum(g_losses) / len(g_losses)


def lsgan_per_sample_g(y_d_gs):
    losses = [torch.mean((1 - dg) ** 2) for dg in y_d_gs]
    return sum(losses) / len(losses)


def ragan_d(pred_d_real, pred_d_fake):
    cri_gan = nn.BCEWithLogitsLoss()
    l_d_real = cri_gan(pred_d_real - pred_d_fake.mean(), torch.ones_like(pred_d_real))
    l_d_fake = cri_gan(pred_d_fake - pred_d_real.mean(), torch.zeros_like(pred_d_fake))
    return l_d_real + l_d_fake


def ragan_g(pred_d_real, pred_g_fake):
    cri_gan = nn.BCEWithLogitsLoss()
    pred_d_real = pred_d_real.detach()
    l_g_real = cri_gan(pred_d_real - torch.mean(pred_g_fake), torch.zeros_like(pred_d_real))
    l_g_fake = cri_gan(pred_g_fake - torch.mean(pred_d_real), torch.ones_like(pred_g_fake))
    return l_g_real + l_g_fake


def r3gan_d(real_logits, fake_logits):
    relativistic_logits = real_logits - fake_logits
    return F.softplus(-relativistic_logits).mean()


def r3gan_g(fake_logits, real_logits):
    relativistic_logits = fake_logits - real_logits
    return F.softplus(-relativistic_logits).mean()


def ralsgan_d(y_pred, y_pred_fake):
    return torch.mean((y_pred - torch.mean(y_pred_fake) - 1) ** 2) + torch.mean((y_pred_fake - torch.mean(y_pred) + 1) ** 2)


def ralsgan_g(y_pred, y_pred_fake):
    return torch.mean((y_pred - torch.mean(y_pred_fake) + 1) ** 2) + torch.mean((y_pred_fake - torch.mean(y_pred) - 1) ** 2)


def lse_d(logits_real, logits_fake):
    pos = torch.logsumexp(torch.stack([torch.zeros_like(logits_real), -logits_real]), dim=0)
    neg = torch.logsumexp(torch.stack([torch.zeros_like(logits_fake), logits_fake]), dim=0)
    return pos.mean() + neg.mean()


def lse_g(logits_fake):
    return torch.logsumexp(torch.stack([torch.zeros_like(logits_fake), -logits_fake]), dim=0).mean()


class MarginHinge(nn.Module):
    margin = 0.5

    def discriminator(self, d_real, d_fake):
        return F.relu(self.margin - d_real).mean() + F.relu(self.margin + d_fake).mean()

    def generator(self, d_fake):
        return -d_fake.mean()


def critic_loss(critic_real, critic_fake):
    return -(torch.mean(critic_real) - torch.mean(critic_fake))


def critic_gen_loss(critic_fake):
    return -torch.mean(critic_fake)


# torch, wrong


def hinge_d_loss(logits_real, logits_fake):
    loss_real = torch.mean(F.relu(1.0 - logits_real))
    loss_fake = torch.mean(F.relu(1.0 + logits_fake))
    return 0.5 * (loss_real + loss_fake)


def hinge_g_loss(logits_fake):
    return -torch.mean(logits_fake)


def esrgan_d_detached(real_d_pred, fake_d_pred):
    def cri_gan(pred, target_is_real):
        return F.binary_cross_entropy_with_logits(pred, pred.new_ones(pred.size()) * float(target_is_real))

    l_d_real = cri_gan(real_d_pred - torch.mean(fake_d_pred.detach()), True)
    l_d_fake = cri_gan(fake_d_pred - torch.mean(real_d_pred.detach()), False)
    return l_d_real + l_d_fake


class VanillaGANLoss(nn.Module):
    def __init__(self, real_label_val=1.0, fake_label_val=0.0):
        super().__init__()
        self.real_label_val = real_label_val
        self.fake_label_val = fake_label_val
        self.loss = nn.BCEWithLogitsLoss()

    def forward(self, input, target_is_real, is_disc=False):
        target_val = self.fake_label_val if target_is_real else self.real_label_val
        return self.loss(input, input.new_ones(input.size()) * target_val)


def double_sigmoid_d(pred_real, pred_fake):
    criterion = nn.BCEWithLogitsLoss()
    pred_real, pred_fake = torch.sigmoid(pred_real), torch.sigmoid(pred_fake)
    return criterion(pred_real, torch.ones_like(pred_real)) + criterion(pred_fake, torch.zeros_like(pred_fake))


def double_sigmoid_g(pred_fake):
    pred_fake = torch.sigmoid(pred_fake)
    return nn.BCEWithLogitsLoss()(pred_fake, torch.ones_like(pred_fake))


def detached_logits_d(real_scores, fake_scores):
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores.detach()).mean()


def softplus_neg_mean(fake_scores):
    return F.softplus(-fake_scores).mean()


def clamped_critic_d(real_validity, fake_validity):
    real_validity = real_validity.clamp(-10, 10)
    fake_validity = fake_validity.clamp(-10, 10)
    return fake_validity.mean() - real_validity.mean()


def clamped_critic_g(fake_validity):
    return -fake_validity.clamp(-10, 10).mean()


def sharp_softplus_d(d_real, d_fake):
    return F.softplus(-d_real, beta=2).mean() + F.softplus(d_fake, beta=2).mean()


def sharp_softplus_g(d_fake):
    return F.softplus(-d_fake, beta=2).mean()


def patch_sum_d(real_patches, fake_patches):
    loss_real = F.relu(1 - real_patches).reshape(real_patches.shape[0], -1).sum(1).mean()
    loss_fake = F.relu(1 + fake_patches).reshape(fake_patches.shape[0], -1).sum(1).mean()
    return loss_real + loss_fake


def patch_sum_g(fake_patches):
    return -fake_patches.reshape(fake_patches.shape[0], -1).sum(1).mean()


def paired_broadcast_d(real_out, fake_out):
    diff = real_out.view(-1, 1) - fake_out.view(-1)
    return F.softplus(-diff).mean()


def paired_broadcast_g(real_out, fake_out):
    diff = fake_out.view(-1, 1) - real_out.view(-1)
    return F.softplus(-diff).mean()


class SummedMSE(nn.Module):
    def __init__(self):
        super().__init__()
        self.loss = nn.MSELoss(reduction="sum")

    def forward(self, pred, target_is_real):
        return self.loss(pred, torch.ones_like(pred) if target_is_real else torch.zeros_like(pred))


class HingeBothWays(nn.Module):
    def forward(self, pred, target_is_real):
        if target_is_real:
            return F.relu(1.0 - pred).mean()
        return F.relu(1.0 + pred).mean()


SMOOTH = 0.1


def smoothed_d(netD_real, netD_fake):
    real_target = torch.ones_like(netD_real) - SMOOTH
    return F.binary_cross_entropy_with_logits(netD_real, real_target) + F.binary_cross_entropy_with_logits(
        netD_fake, torch.zeros_like(netD_fake)
    )


def unsmoothed_g(netD_fake):
    return F.binary_cross_entropy_with_logits(netD_fake, torch.ones_like(netD_fake))


def vocoder_discriminator_loss(disc_real_outputs, disc_generated_outputs):
    loss = 0
    for dr, dg in zip(disc_real_outputs, disc_generated_outputs, strict=True):
        r_loss = torch.mean((1 - dr) ** 2)
        g_loss = torch.mean(dg**2)
        loss += r_loss + g_loss
    return loss


def vocoder_generator_loss(disc_outputs):
    loss = 0
    for dg in disc_outputs:
        loss += torch.mean((1 - dg) ** 2)
    return loss


def noisy_label_d(real_logit, fake_logit):
    valid = torch.empty_like(real_logit).uniform_(0.7, 1.2)
    fake = torch.empty_like(fake_logit).uniform_(0.0, 0.3)
    return F.mse_loss(real_logit, valid) + F.mse_loss(fake_logit, fake)


def half_squares_d(d_real, d_fake):
    return 0.5 * torch.mean((d_real - 1) ** 2) + 0.5 * torch.mean(d_fake**2)


def half_squares_g(d_fake):
    return 0.5 * torch.mean((d_fake - 1) ** 2)


def ragan_columnwise_d(c_real, c_fake):
    rel_real = c_real - c_fake.mean(0, keepdim=True)
    rel_fake = c_fake - c_real.mean(0, keepdim=True)
    return F.softplus(-rel_real).mean() + F.softplus(rel_fake).mean()


def half_margin_d(real, fake):
    return torch.relu(0.5 - real).mean() + torch.relu(1.0 + fake).mean()


PASTED = [
    # torch, right
    Pasted(
        "pix2pix lsgan module",
        "torch",
        "lsgan",
        {},
        True,
        "",
        {"one_sided": PatchLSGANLoss()},
    ),
    Pasted(
        "MMagic hinge module",
        "torch",
        "hinge",
        {},
        True,
        "",
        {"one_sided": HingeGANLoss()},
    ),
    Pasted(
        "StyleGAN2 logistic",
        "torch",
        "logistic",
        {},
        True,
        "",
        {"discriminator": d_logistic_loss, "generator": g_nonsaturating_loss},
    ),
    Pasted(
        "BigGAN hinge, fakes first",
        "torch",
        "hinge",
        {},
        True,
        "another derivative at the kink: clamp(min=0) passes the whole gradient there, relu none",
        {"discriminator": loss_hinge_dis, "generator": loss_hinge_gen},
    ),
    Pasted(
        "SAGAN minimum hinge",
        "torch",
        "hinge",
        {},
        True,
        "another derivative at the kink: minimum passes half of the gradient on a tie, relu none",
        {"discriminator": sagan_d_loss, "generator": sagan_g_loss},
    ),
    Pasted(
        "DCGAN BCEWithLogits",
        "torch",
        "logistic",
        {},
        True,
        "",
        {"discriminator": dcgan_d, "generator": dcgan_g},
    ),
    Pasted(
        "sigmoid then BCELoss",
        "torch",
        "logistic",
        {},
        True,
        "unstable: against target 0 float32 loses digits above logit 8 or so, and from about 17 on the loss is "
        "BCELoss's cap of 100 without gradient; against target 1 the value holds its digits to logit -87, the "
        "gradient fades below -27",
        {"one_sided": SigmoidBCE()},
    ),
    Pasted(
        "vanilla minimax with epsilon",
        "torch",
        "minimax",
        {},
        True,
        "log(sigmoid + 1e-8): off by e^|logit| times 1e-8 (relative, in the gradient) for reals below 0 and fakes "
        "above 0, and 1 - sigmoid loses digits in float32 from about 8 on; the loss ends at 18.4, where the gradient "
        "has faded",
        {"discriminator": vanilla_d, "generator": vanilla_g_minimax},
    ),
    Pasted(
        "lsgan per sample",
        "torch",
        "lsgan",
        {},
        True,
        "a list comprehension over the batch: right as all samples have as many logits",
        {"discriminator": lsgan_per_sample_d, "generator": lsgan_per_sample_g},
    ),
    Pasted(
        "ESRGAN relativistic average",
        "torch",
        "relativistic_average_logistic",
        {},
        True,
        "G's reals are detached: G's gradient by the fakes is whole, by the reals there is none",
        {"discriminator": ragan_d, "generator": ragan_g},
    ),
    Pasted(
        "R3GAN paired",
        "torch",
        "relativistic_paired_logistic",
        {},
        True,
        "G takes the fakes first, D the reals first",
        {"discriminator": r3gan_d, "generator": r3gan_g},
    ),
    Pasted(
        "RaLSGAN",
        "torch",
        "relativistic_average_lsgan",
        {},
        True,
        "labels 1 and -1; the two sides summed",
        {"discriminator": ralsgan_d, "generator": ralsgan_g},
    ),
    Pasted(
        "log-sum-exp logistic",
        "torch",
        "logistic",
        {},
        True,
        "",
        {"discriminator": lse_d, "generator": lse_g},
    ),
    Pasted(
        "hinge of margin 0.5",
        "torch",
        "hinge",
        {"margin": 0.5},
        True,
        "",
        {"discriminator": MarginHinge().discriminator, "generator": MarginHinge().generator},
    ),
    Pasted(
        "WGAN critic",
        "torch",
        "wasserstein",
        {},
        True,
        "",
        {"discriminator": critic_loss, "generator": critic_gen_loss},
    ),
    # torch, wrong
    Pasted(
        "taming hinge_d_loss",
        "torch",
        "hinge",
        {},
        False,
        "D is half of the hinge: a factor 1/2 on both sides; G is right",
        {"discriminator": hinge_d_loss, "generator": hinge_g_loss},
    ),
    Pasted(
        "ESRGAN detached means",
        "torch",
        "relativistic_average_logistic",
        {},
        False,
        "the mean of the other side is detached in both terms: D's value is right, the gradient by either side lacks "
        "the part that comes through the mean",
        {"discriminator": esrgan_d_detached},
    ),
    Pasted(
        "vanilla module, targets swapped",
        "torch",
        "logistic",
        {},
        False,
        "targets swapped: reals get label 0 and fakes 1, in D and in G; D learns to call reals fake",
        {"one_sided": VanillaGANLoss()},
    ),
    Pasted(
        "sigmoid before BCEWithLogits",
        "torch",
        "logistic",
        {},
        False,
        "the sigmoid is applied twice: BCEWithLogits has its own; a real's loss lies between 0.313 and 0.693 and the "
        "gradient vanishes on both ends",
        {"discriminator": double_sigmoid_d, "generator": double_sigmoid_g},
    ),
    Pasted(
        "D on detached fakes",
        "torch",
        "logistic",
        {},
        False,
        "D's fake logits are detached: the value is right, no gradient comes from the fakes; the images are to be "
        "detached, not the logits",
        {"discriminator": detached_logits_d, "generator": softplus_neg_mean},
    ),
    Pasted(
        "WGAN on clamped outputs",
        "torch",
        "wasserstein",
        {},
        False,
        "the critic's outputs are clamped to [-10, 10]: within it is the Wasserstein loss, beyond it constant and "
        "without gradient; WGAN clips weights, not outputs",
        {"discriminator": clamped_critic_d, "generator": clamped_critic_g},
    ),
    Pasted(
        "softplus of beta 2",
        "torch",
        "logistic",
        {},
        False,
        "softplus with beta=2 is log(1 + exp(2x)) / 2: the logistic loss of doubled logits, halved; log(2)/2 at "
        "logit 0, not log(2)",
        {"discriminator": sharp_softplus_d, "generator": sharp_softplus_g},
    ),
    Pasted(
        "hinge, patches summed",
        "torch",
        "hinge",
        {},
        False,
        "the mean is over the batch only, the map of patches is summed: times the number of logits of a sample in D "
        "and G; right where a sample has one logit",
        {"discriminator": patch_sum_d, "generator": patch_sum_g},
    ),
    Pasted(
        "paired by broadcasting",
        "torch",
        "relativistic_paired_logistic",
        {},
        False,
        "(n, 1) - (n,) broadcasts to (n, n): the mean is over all pairs of a real and a fake, not over the n pairs",
        {"discriminator": paired_broadcast_d, "generator": paired_broadcast_g},
    ),
    Pasted(
        "summed MSELoss",
        "torch",
        "lsgan",
        {},
        False,
        "reduction='sum': times the number of logits, in D and in G",
        {"one_sided": SummedMSE()},
    ),
    Pasted(
        "hinge for G as well",
        "torch",
        "hinge",
        {},
        False,
        "G's loss is the hinge mean relu(1 - f), not -mean f: no gradient for fakes above 1; D is right",
        {"one_sided": HingeBothWays()},
    ),
    Pasted(
        "hidden smoothing",
        "torch",
        "logistic",
        {},
        False,
        "one-sided label smoothing: D's target for reals is 0.9 by a constant, not 1; the fakes' side and G are right",
        {"discriminator": smoothed_d, "generator": unsmoothed_g},
    ),
    Pasted(
        "HiFi-GAN loop over a tensor",
        "torch",
        "lsgan",
        {},
        False,
        "the loop is meant for a list of discriminators; over one tensor it runs along the batch and sums: times the "
        "batch size in D and G",
        {"discriminator": vocoder_discriminator_loss, "generator": vocoder_generator_loss},
    ),
    Pasted(
        "noisy labels",
        "torch",
        "lsgan",
        {},
        False,
        "labels are drawn anew at each call, reals' from 0.7 to 1.2, fakes' from 0 to 0.3: the loss is random, and "
        "of mean labels 0.95 and 0.15",
        {"discriminator": noisy_label_d},
    ),
    Pasted(
        "half squares",
        "torch",
        "lsgan",
        {},
        False,
        "a factor 1/2 on each of the squares, in D on both sides and in G (as in the LSGAN paper)",
        {"discriminator": half_squares_d, "generator": half_squares_g},
    ),
    Pasted(
        "relativistic mean per column",
        "torch",
        "relativistic_average_logistic",
        {},
        False,
        "the other side's mean is over the batch only, one for each place of the map, not over all elements; right "
        "where a sample has one logit",
        {"discriminator": ragan_columnwise_d},
    ),
    Pasted(
        "margin on one side",
        "torch",
        "hinge",
        {"margin": 0.5},
        False,
        "the margin is 0.5 for reals but 1 for fakes",
        {"discriminator": half_margin_d},
    ),
    # jax, right
]
