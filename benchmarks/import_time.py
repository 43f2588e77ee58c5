"""What an import costs beyond bare Python, and an adapter beyond its framework: whole processes in turn, median.

python benchmarks/import_time.py
"""

import statistics
import subprocess
import sys
import time


def seconds(statement):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main(rounds=15):
    for package, beyond in (
        ("ganloss_core", "pass"),
        ("ganloss_torch", "import torch"),
        ("ganloss_jax", "import jax, jax.numpy"),
    ):
        pairs = [(seconds(f"import {package}"), seconds(beyond)) for _ in range(rounds + 1)][1:]
        extra = statistics.median(a - b for a, b in pairs)
        print(f"{package:<14} {1e3 * extra:6.0f} ms beyond `{beyond}`")


if __name__ == "__main__":
    main()
