"""A Redis of the tests alone, to be killed, frozen and started again on the same port."""

import signal
import subprocess
from typing import Any

import anyio.to_thread
import redis

from tests import services


class PrivateRedis:
    """Not running yet; `port` and `url` stay the same whatever happens to it."""

    def __init__(self) -> None:
        self.port = services.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    async def start(self) -> None:
        """Start it without stopping the loop."""
        await anyio.to_thread.run_sync(self.start_and_wait)

    def start_and_wait(self) -> None:
        """Start it, empty, and wait until it answers."""
        self._process = services.start_redis(self.port)

    def kill(self) -> None:
        """End it at once, as `kill -9` does; what it kept is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It keeps every line open and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def tell(self, *command: Any) -> Any:
        """Its answer to one command."""
        with redis.Redis(port=self.port, decode_responses=True) as client:
            return client.execute_command(*command)

    def restore(self) -> None:
        """Running, thawed and as it was configured at first."""
        if self._process is None:
            self.start_and_wait()
        self.thaw()
