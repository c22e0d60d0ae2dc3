"""The line that breaks on demand does so: the other tests' faults are real."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.journeys.waiting import until


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that sends back what it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening, Proxy(listening.getsockname()[1]) as proxy:
        threading.Thread(target=_send_back_what_comes, args=(listening,), daemon=True).start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)


def _send_back_what_comes(listening: socket.socket) -> None:
    def send_back(line: socket.socket) -> None:
        with line:
            try:
                while piece := line.recv(4096):
                    line.sendall(piece)
            except ConnectionError:
                return

    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=send_back, args=(line,), daemon=True).start()


def _line(proxy: Proxy, *, seconds: float = 10.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)


def _echo(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    came = b""
    while len(came) < len(words):
        came += line.recv(4096)
    return came


def test_it_passes_on_what_comes_both_ways(proxy: Proxy) -> None:
    with _line(proxy) as line:
        assert _echo(line, b"Hello" * 10_000) == b"Hello" * 10_000
        assert proxy.lines == 1
        line.shutdown(socket.SHUT_WR)
        assert line.recv(10) == b""
    until(lambda: proxy.lines == 0)


def test_a_cut_resets_lines_and_takes_new_ones(proxy: Proxy) -> None:
    with _line(proxy) as line:
        _echo(line, b"Hello")
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            line.recv(10)
    with _line(proxy) as line:
        assert _echo(line, b"Hello") == b"Hello"


def test_it_refuses_lines_until_it_is_restored(proxy: Proxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionResetError), _line(proxy) as line:
        line.recv(10)
    proxy.restore()
    with _line(proxy) as line:
        assert _echo(line, b"Hello") == b"Hello"


def test_a_held_line_goes_on_where_it_stopped(proxy: Proxy) -> None:
    with _line(proxy, seconds=0.2) as line, _line(proxy) as new_line:
        _echo(line, b"Hello")
        proxy.hold()
        line.sendall(b"World")
        with pytest.raises(TimeoutError):
            line.recv(10)
        line.settimeout(10)
        proxy.restore()
        assert line.recv(10) == b"World"
        assert _echo(new_line, b"Hello") == b"Hello"


def test_a_slow_line_is_slow(proxy: Proxy) -> None:
    with _line(proxy) as line:
        proxy.slow_down(delay_seconds=0.1)
        began = time.monotonic()
        _echo(line, b"Hello")
        assert time.monotonic() - began >= 0.2
        proxy.slow_down(bytes_per_second=10_000)
        began = time.monotonic()
        _echo(line, b"x" * 2_000)
        assert time.monotonic() - began >= 0.2


def test_a_target_that_is_away_resets_whoever_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with Proxy(port) as proxy, pytest.raises(ConnectionResetError), _line(proxy) as line:
        line.recv(10)
