"""What peers need to run, installed into folders of their own by the first run that wants it."""

import hashlib
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from bench.contest import NotMeasured
from tests import services

PEERS = Path(__file__).parent / "peers"
# pip, npm and compilers have so long; an installation that hangs must not hold up the other contenders.
INSTALL_SECONDS = 600


def python_of(peer: str) -> Path:
    """The Python of `bench/peers/<peer>`, with its requirements.txt installed. Raises NotMeasured."""
    home = PEERS / peer
    python = home / ".venv" / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if _is_stale(home / ".venv", home / "requirements.txt"):
        _do(peer, str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home / ".venv"))
        _do(peer, str(uv), "pip", "install", "--quiet", "--python", str(python), "-r", str(home / "requirements.txt"))
        _mark(home / ".venv", home / "requirements.txt")
    return python


def node_of(peer: str) -> list[str]:
    """The command that runs Node in `bench/peers/<peer>`, with its package-lock.json installed. Raises NotMeasured."""
    home = PEERS / peer
    if _is_stale(home / "node_modules", home / "package-lock.json"):
        npm = Path(sys.executable).with_name("npm")
        _do(peer, str(npm), "ci", "--prefix", str(home), "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        _mark(home / "node_modules", home / "package-lock.json")
    return [services.node_path()]


def debian(*packages: str) -> None:
    """Have these Debian packages installed, where apt-get can. Raises NotMeasured."""
    needs = [
        services.Need(partial(_has, package), (package,), f"it needs the Debian package {package}")
        for package in packages
    ]
    if sentences := services.install(needs):
        raise NotMeasured("; ".join(sentences))


def _has(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "installed"


def _is_stale(installed: Path, wanted: Path) -> bool:
    mark = installed / ".installed"
    return not mark.exists() or mark.read_text() != _digest(wanted)


def _mark(installed: Path, wanted: Path) -> None:
    (installed / ".installed").write_text(_digest(wanted))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _do(peer: str, *command: str) -> None:
    print(f"Installing the peer {peer}: {' '.join(command)}", file=sys.stderr)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasured(f"its installation failed: {error}") from error
    if done.returncode:
        raise NotMeasured(f"its installation failed: {(done.stderr or done.stdout).strip()[-500:]}")
