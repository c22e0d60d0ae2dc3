"""A proxy in front of several web processes, which looks at /readyz as those of the trade do."""

import asyncio
from collections.abc import Sequence

from tests.faults.proxy import Proxy

LOOK_SECONDS = 0.5
_ASK = b"GET /readyz HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"


class Balancer(Proxy):
    """Each connection goes to the next process that is ready, and on to another one when it is refused there."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._ready = dict.fromkeys(ports, True)
        super().__init__(ports[0])

    async def _serve(self) -> None:
        looking = asyncio.create_task(self._look())
        await super()._serve()
        await asyncio.wait((looking,))

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._ports.append(self._ports.pop(0))
        for port in sorted(self._ports, key=lambda port: not self._ready[port]):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                self._ready[port] = False
        raise ConnectionRefusedError("no process takes connections")

    async def _look(self) -> None:
        while True:
            for port in self._ready:
                self._ready[port] = await _is_ready(port)
            await asyncio.sleep(LOOK_SECONDS)


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(_ASK)
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
