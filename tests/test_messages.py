"""Wrong calls: each message says what was wrong, what was got, and what would be right, in the names that users call."""

import ast
import importlib
import inspect
import re
import sys

import numpy as np
import pytest
import torch
from torch import nn

import ganloss_core as core
import ganloss_jax as jax_
import ganloss_torch as gan
from cases import each
from ganloss_core import BatchLoss, Loss, Sides, dialects
from ganloss_core.backends import reference as numpy_
from ganloss_core.spec import elsewhere, registry

LIBRARIES = {"core": core, "jax_": jax_, "numpy_": numpy_}
t, integers, x, critic = torch.ones(4), torch.ones(4, dtype=torch.int64), torch.ones(4, 3), nn.Linear(3, 1)
L = gan.GANLoss


def seen(**given):
    return gan.observe(critic, **(given or {"real": x, "fake": x}))


def apply(term, *arguments):
    return term.apply(term.init(), *arguments)


def of_sides(ops):
    return BatchLoss(discriminator=lambda r, f, E: Sides(real=ops.relu(r - E.fake(f)), fake=ops.reelu(f - E.swapped().fake(r))))


CALLS = {
    # Names of what is no loss, or goes by another name.
    "L('r1')": r"^'r1' is a penalty: gan\.r1\(gan\.observe\(critic, real=\.\.\.\), 10\.0\)$",
    "L('Zero-GP')": r"^'Zero-GP' is a penalty: gan\.zero_centered\(",
    "L('lecam')": r"^'lecam' is a term that keeps state, with init and apply: gan\.LeCam\(0\.3\)$",
    "L('feature matching')": r"^'feature matching' is a term to add to a loss: gan\.feature_matching\(",
    "L('wgan-lp')": r"^'wgan-lp' is the loss 'wgan' with the penalty gan\.wgan_lp\(",
    "L('biggan')": r"^'biggan' is a model, .*; the objective of its paper is gan.Objective\('biggan'\)$",
    "L('stylegan2')": r"of that codebase there are stylegan2/logistic; the objective of its paper is gan\.Objective",
    "L('BCEWithLogitsLoss')": r"^'BCEWithLogitsLoss' is the loss 'logistic' here, of logits$",
    "L('kl')": r"did you mean 'fgan_kl' or .*'kl_wgan'",
    "L('taming-transformers')": r"of that codebase there are taming/hinge, taming/vanilla$",
    "L('espnet/hing')": r"unknown loss of parallel_wavegan 'parallel_wavegan/hing': did you mean 'parallel_wavegan/hinge'",
    "numpy_.GANLoss('path_length')": r"^'path_length' is a term that keeps state, .*gan\.PathLength\(2\.0\)$",
    "jax_.discriminator_loss('balancer', None, None)": r"^'balancer' is a term that keeps state, .*gan\.Balancer",
    # What is no definition.
    "L(nn.BCEWithLogitsLoss())": r"\(ops, \*, .*\) -> Loss, got BCEWithLogitsLoss: BCEWithLogitsLoss is the loss 'logistic'",
    "L(nn.MSELoss)": r"got the class MSELoss: MSELoss is the loss 'lsgan' here$",
    "L(nn.functional.binary_cross_entropy)": r"got the function binary_cross_entropy: .* is the loss 'logistic' here",
    "L(critic)": r"got Linear$",
    "L(gan.r1)": r"got the function r1: r1 is a penalty: gan\.r1\(",
    "L(gan.LeCam)": r"got the class LeCam: LeCam is a term that keeps state",
    "L(gan.LeCam(0.3))": r"got LeCam: LeCam is a term that keeps state",
    "L(L('hinge'))": r"got GANLoss: GANLoss is what is made of a loss$",
    "jax_.GANLoss(jax_.GANLoss('hinge'))": r"got GANLoss: GANLoss is what is made of a loss$",
    "L(Loss(real=abs, fake=abs))": r"got Loss: Loss is what such a function returns$",
    "L(len)": r"got the function len$",
    "L(int)": r"got the class int$",
    "L(['hinge'])": r"got list$",
    "L(lambda r, f: r - f)": r"'f' must be keyword-only: put `\*` before it; .* is no function of logits$",
    "L(lambda ops, *, margin=1.0: None)": r"annotate hyperparameter 'margin' as float, .*got no annotation$",
    "gan.register('mine')": r"^a name to register is given by keyword: register\(name='mine'\)$",
    "gan.register(lambda ops: None)": r"no name of its own to register: give register\(name=\.\.\.\)$",
    # Words, when the loss is made.
    "L(lambda ops: ops.softpls)": r"^'softpls' is no word .*did you mean 'softplus'\? It has relu, step,",
    "L(lambda ops: Loss(real=abs, fake=lambda t: ops.log1p(t)))": r"^'log1p' is no word .*did you mean 'log'\?",
    "L(lambda ops: Loss(real=torch.relu, fake=lambda t: ops.maximum(t, 0)))": r"^'maximum' is no word of the \w+\. It has",
    "L(lambda ops: Loss(real=ops.relu, fake=ops.relu, generator=lambda t: ops.exp2(t)))": r"^'exp2' is no .*did you mean 'exp'",
    "L(lambda ops: Loss(real=lambda t: ops.sqr(t), fake=abs, coupling=core.all_pairs))": r"^'sqr' is no .*did you mean 'sqrt'",
    "jax_.GANLoss(lambda ops: Loss(real=ops.abs, fake=lambda t: ops.sgn(t), coupling=core.average))": r"^'sgn' is no word",
    "L(of_sides)": r"^'reelu' is no word .*did you mean 'relu'",
    # Hyperparameters of others.
    "L('hinge', axis_name='i')": r"it has margin; devices are `group` in ganloss_torch, and `axis_name` in ganloss_jax$",
    "L('hinge', loss_weight=2.0)": r"it has margin; a factor multiplies the loss: 2\.0 \* loss\.generator\(fake\)$",
    "L('hinge', label_smoothing=0.1)": r"it has margin; 'logistic' and 'lsgan' have real_label, such as 0\.9$",
    "L('hinge', reducton='sum')": r"it has margin; did you mean 'reduction'\?$",
    "L('hinge', margin='1')": r"^hinge: margin must be a Python float, fixed when the loss is made, got str$",
    "L('hinge')((t, t), True)": r"^logits is a tuple, which is usually \(logits, features\)",
    "gan.discriminator_loss('hinge', t, t, top_k=3)": r"it has margin; generator and top_k are arguments of G's loss$",
    # Who was called.
    "L()": r"^GANLoss\.__init__\(\) missing",
    "L('hinge')(t)": r"^hinge's one-sided call, loss\(logits, target_is_real, .*True or False, got nothing; for both sides",
    "jax_.GANLoss('hinge')(None)": r"^hinge's one-sided call, loss\(logits, target_is_real, .*True or False, got nothing",
    "numpy_.GANLoss('hinge')(t, fake=t)": r"^GANLoss\.__call__\(\) got an unexpected keyword argument 'fake'",
    "L('hinge')(t, True, t)": r"^hinge's one-sided call.*is_disc must be True or False, got Tensor; for both sides, and for",
    "L('hinge')()": r"^GANLoss\('hinge'\)\(\) missing 1 required positional argument: 'logits'",
    "L('hinge').discriminator(t)": r"^GANLoss\('hinge'\)\.discriminator\(\) missing 1 .*'fake'",
    "jax_.GANLoss('hinge').generator()": r"^GANLoss\('hinge'\)\.generator\(\) missing 1 .*'fake'",
    "gan.generator_loss('hinge')": r"^gan\.generator_loss\(\) missing 1",
    "gan.r1(seen())": r"^gan\.r1\(\) missing 1 required positional argument: 'weight'",
    "jax_.wgan_gp(None, 10.0, center=1)": r"^gan\.wgan_gp\(\) got an unexpected keyword argument 'center'",
    "gan.observe(critic, x, x)": r"by keyword: gan\.observe\(critic, real=\.\.\., fake=\.\.\.\)$",
    "jax_.generator_loss('rpgan', None, None)": r"by keyword: gan\.generator_loss\(loss, fake, real=\.\.\.\)$",
    "gan.feature_matching()": r"^gan\.feature_matching\(\) missing 2",
    # Arguments of terms and penalties.
    "gan.observe(critic, real=x.numpy())": r"floating-point numbers of torch, .*got float32 of numpy",
    "gan.r1(seen(), '10')": r"^weight must be a number, got '10': write the number itself, not text$",
    "gan.adaptive_weight(t, t, epsilon='x')": r"^epsilon must be a number, got 'x'",
    "gan.adaptive_weight(1.0, t)": r"^the reconstruction's gradient must be a torch\.Tensor.* got float$",
    "gan.feature_matching([], [])": r"^features of real must be a list of arrays, .*got an empty list$",
    "gan.feature_matching([integers], [integers])": r"^features of real must be floating point, got torch\.int64",
    "gan.consistency(integers, t, 1.0)": r"^the first logits must be floating point, got torch\.int64",
    "apply(gan.Balancer({'a': 1.0}), t)": r"^gradients must be a dict of each loss's name and gradient, got Tensor$",
    "gan.Balancer({'a': 'x'})": r"^the weight 'a' must be a number, got 'x'",
    "gan.LeCam(0.3).apply({}, t, t)": r"it keeps real, fake, steps, got an empty dict; start from init\(\)",
    "apply(gan.PathLength(2.0), t, x)": r"^the generator must be a function or module of latents, got Tensor$",
    "apply(gan.PathLength(2.0), lambda z: torch.ones(4, 3, 2, 2), x)": r"^the output of the critic, or generator, does not",
    "gan.StatefulModule(gan.LeCam)": r"got the class LeCam$",
    "L('oasis').discriminator(t[:, None], t[:, None], real_labels=integers)": r"at least 2 classes, .*got 1$",
    "numpy_.GANLoss('hinge').discriminator(t, t)": r"must be float64 or narrower, of numpy, got torch\.float32 of torch",
}


@each("call", CALLS)
def test_a_wrong_call_is_answered(call):
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)) as error:
        eval(call, {**globals(), **LIBRARIES})
    error.match(CALLS[call])


def test_what_is_not_asked_of_the_words_alone_is_no_error():
    # A formula of one framework is what it was: words are all that is looked up when a loss is made.
    loss = L(lambda ops: Loss(real=lambda t: torch.relu(1.0 - t), fake=lambda t: ops.relu(1.0 + t)))
    assert loss.discriminator(t, t) == 2.0
    assert L("hinge")(t, np.True_, np.False_) == -1.0


def test_what_is_told_to_be_called_can_be_called():
    assert all(hasattr(gan, name) for what in elsewhere._KNOWN.values() for name in re.findall(r"gan\.(\w+)", what))
    for call in (*elsewhere._PENALTIES, *elsewhere._WITH_STATE, *elsewhere._TERMS):
        for found in (node for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Call)):
            keywords = {keyword.arg: keyword.value for keyword in found.keywords}
            inspect.signature(getattr(gan, found.func.attr)).bind(*found.args, **keywords)


def test_no_loss_is_told_to_be_something_else():
    assert all(registry.normalised(name) == name for name in elsewhere._KNOWN)
    assert not {registry.normalised(name) for name in core.names(aliases=True)} & set(elsewhere._KNOWN)


def test_codebases_go_by_one_meaning_and_by_their_repository():
    tables = {name: dialects.codebase(name) for name in dialects.codebases()}
    spelled = [registry.normalised(s) for name, table in tables.items() for s in (name, *table.spellings)]
    assert len(set(spelled)) == len(spelled)
    assert not set(spelled) & (set(elsewhere._KNOWN) - {"r3gan", "lecamgan"})
    # "gan" is a loss.
    for table in tables.values():
        assert registry.normalised(table.repository.rpartition("/")[2]) in {*spelled, "gan"}
    assert core.get("pix2pix/lsgan") is core.get("cyclegan/lsgan")
    assert dialects.names("encodec") == dialects.names("audiocraft")


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("ganloss_torch", "torch", "torch"),
        ("ganloss_jax", "jax", "jax"),
        ("ganloss_core.backends.reference", "numpy", "numpy"),
        ("ganloss_core.backends.exact", "mpmath", "cli"),
        ("ganloss_core.facts", "numpy", "numpy"),
        ("ganloss_core.twin", "numpy", "cli"),
        ("ganloss_core.testing", "numpy", "testing"),
    ],
)
def test_a_missing_library_is_told_with_its_extra(monkeypatch, module, library, extra):
    monkeypatch.setitem(sys.modules, library, None)
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=rf"^{library} is missing: pip install 'ganloss\[{extra}\]'$"):
        importlib.import_module(module)
