import os
from pathlib import Path

# JAX compiles most small programs several times, in several processes: what one has compiled, all use.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import jax
import pytest
import torch

jax.config.update("jax_enable_x64", True)
# Several test processes share the cores.
torch.set_num_threads(1)
# Nothing in the library may broadcast arrays of different ranks.
jax.config.update("jax_numpy_rank_promotion", "raise")

from adapters import ADAPTERS  # noqa: E402


@pytest.fixture(params=list(ADAPTERS))
def adapter(request):
    """One backend with the face that users see; a test that takes it runs on every backend."""
    return ADAPTERS[request.param]
