"""The wheel and the sdist hold the product and nothing else, and the wheel works where nothing is installed."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src").rglob("*")
    if path.suffix == ".py" or path.name == "py.typed"
}


def test_wheel_and_sdist(tmp_path):
    # The wheel is built from the sdist.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in inside if ".dist-info/" not in name} == SOURCES
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    with tarfile.open(sdist) as archive:
        files = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {f"src/{name}" for name in SOURCES} <= files
    assert {name.split("/")[0] for name in files} == {
        "src", "tests", "examples", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE",
        "PKG-INFO", "pyproject.toml", ".gitignore",
    }  # fmt: skip
    assert not [name for name in files if "_build" in name or name.startswith(("docs/losses", "docs/made", "docs/migration"))]
    # -S leaves out everything installed; a wheel can be imported from.
    program = f"import sys; sys.path.insert(0, {str(wheel)!r}); import ganloss_core; print(len(ganloss_core.names()))"
    run = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert int(run.stdout) > 40, run.stderr
