"""A network of the tests' own between a browser and everything else: it loses packets, is slow, or dead."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from tests.services import chromium_path

NAMESPACE, OURS, THEIRS = "inbox-faults", "inbox-near", "inbox-far"
ADDRESS = "10.98.76.1"
NEEDS = "This test needs root and the programs ip, tc and nft (Debian: apt-get install iproute2 nftables)."


class Network:
    """Programs inside of it reach this machine at ADDRESS, and nothing else."""

    def __init__(self) -> None:
        assert os.geteuid() == 0, NEEDS
        assert all(which(program) for program in ("ip", "tc", "nft")), NEEDS
        run(f"ip netns add {NAMESPACE}")
        run(f"ip link add {OURS} type veth peer name {THEIRS} netns {NAMESPACE}")
        run(f"ip addr add {ADDRESS}/30 dev {OURS}")
        run(f"ip link set {OURS} up")
        inside("ip addr add 10.98.76.2/30 dev " + THEIRS)
        inside(f"ip link set {THEIRS} up")
        inside("ip link set lo up")

    def close(self) -> None:
        """The end of both of its sides."""
        run(f"ip netns del {NAMESPACE}")

    def browser(self, folder: Path) -> Path:
        """A program that starts the browser inside."""
        program = folder / "browser"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {NAMESPACE} {chromium_path()} "$@"\n')
        program.chmod(0o755)
        return program

    @contextmanager
    def losing(self, percent: int) -> Iterator[None]:
        """So many of a hundred packets are lost, each way, and neither side is told."""
        which_ones = f"numgen random mod 100 < {percent} " if percent < 100 else ""
        inside("nft add table inet faults")
        for way in ("input", "output"):
            inside(f"nft add chain inet faults {way} {{ type filter hook {way} priority 0 ; }}")
            inside(f"nft add rule inet faults {way} {which_ones}drop")
        try:
            yield
        finally:
            inside("nft delete table inet faults")

    @contextmanager
    def slow(self, rate: str) -> Iterator[None]:
        """No more than this goes each way, as tc writes it: 1mbit."""
        shape = f"root tbf rate {rate} burst 16kb latency 400ms"
        run(f"tc qdisc add dev {OURS} {shape}")
        inside(f"tc qdisc add dev {THEIRS} {shape}")
        try:
            yield
        finally:
            run(f"tc qdisc del dev {OURS} root")
            inside(f"tc qdisc del dev {THEIRS} root")


def inside(command: str) -> None:
    """Run a command in the network."""
    run(f"ip netns exec {NAMESPACE} {command}")


def run(command: str) -> None:
    """Run a command; what it says of a failure fails the test."""
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
