"""CycleGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="CycleGAN",
    paper="Zhu et al. 2017, arXiv:1703.10593",
    source="junyanz/pytorch-CycleGAN-and-pix2pix, models/cycle_gan_model.py, models/networks.py and options/train_options.py",
    loss="cyclegan/lsgan",
    discriminator={"d_a": Term("adversarial", critic="d_a"), "d_b": Term("adversarial", critic="d_b")},
    generator={
        "g_a": Term("adversarial", critic="d_a"),
        "g_b": Term("adversarial", critic="d_b"),
        "cycle_a": Term("given", "lambda_a", about="the mean of |G_B(G_A(a)) - a|"),
        "cycle_b": Term("given", "lambda_b", about="the mean of |G_A(G_B(b)) - b|"),
        "idt_a": Term("given", ("lambda_b", "lambda_identity"), about="the mean of |G_A(b) - b|"),
        "idt_b": Term("given", ("lambda_a", "lambda_identity"), about="the mean of |G_B(a) - a|"),
    },
    parameters={"lambda_a": 10.0, "lambda_b": 10.0, "lambda_identity": 0.5},
    critics=("d_a", "d_b"),
    notes=(
        "G_A maps a to b, and d_a tells b from G_A(a): critic, real and fake are dicts, real={'d_a': b, 'd_b': a} and "
        "fake={'d_a': G_A(a), 'd_b': G_B(b)}",
        "both G, one step, then both D, one step; D's fakes come, by an even chance, from 50 earlier ones (pool_size)",
        "D's loss has the factor 1/2",
        "Adam, learning rate 0.0002, betas 0.5 and 0.999; 100 epochs, and 100 more in which the rate falls to 0; batches of 1",
    ),
)
