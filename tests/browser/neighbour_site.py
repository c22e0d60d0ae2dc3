"""A site of somebody else, on this machine under another origin: what its pages hold, the tests say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class NeighbourSite:
    """Serves `html` at every address; `asked` are the paths that were asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.html = ""
        self.asked: list[str] = []

    def url(self, host: str) -> str:
        """Its address under a name: 127.0.0.1 is the same site as the product's, localhost is not."""
        return f"http://{host}:{self.port}/"


@contextmanager
def opened() -> Iterator[NeighbourSite]:
    """The site, until the end of the block."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            body = site.html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *_: object) -> None:
            """Nobody reads it."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    site = NeighbourSite(serving.server_address[1])
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        serving.shutdown()
        serving.server_close()
