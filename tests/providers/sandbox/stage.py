"""A sandbox over real HTTP in a thread of its own, and beside it an app that notes what it is called with."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, SandboxPhone, create_app
from tests.clients import LOCAL
from tests.services import free_port

ACCOUNT_SID = "AC" + "5a" * 16
AUTH_TOKEN = "a-token-for-tests"
COMPANY = "+61491570006"
CHATBOT = "+61491570007"
MAYA = "+61491570110"
TOM = "+61491570156"

TWIML = ("text/xml", '<?xml version="1.0" encoding="UTF-8"?><Response />')


@dataclass(frozen=True)
class Call:
    """One webhook call as the app got it."""

    url: str
    method: str
    headers: dict[str, str]
    fields: dict[str, str]

    @property
    def is_signed(self) -> bool:
        signed = self.fields if self.method == "POST" else {}
        signature = self.headers.get("x-twilio-signature", "")
        return bool(RequestValidator(AUTH_TOKEN).validate(self.url, signed, signature))


@dataclass
class App:
    """The app under development, played: it answers what `answers` says for a path, once each, else 200."""

    calls: list[Call] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if f"/app/{path}" in call.url]

    def statuses(self, path: str = "status") -> list[str]:
        return [call.fields["MessageStatus"] for call in self.to(path)]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Until the condition holds; it is looked at after every call."""
        with self.news:
            if not self.news.wait_for(condition, seconds):
                raise AssertionError(f"not within {seconds} s; calls: {[call.fields for call in self.calls]}")

    async def receive(self, request: Request) -> Response:
        raw = (await request.body()).decode()
        fields = dict(parse_qsl(raw or request.url.query, keep_blank_values=True))
        call = Call(str(request.url), request.method, dict(request.headers), fields)
        with self.news:
            self.calls.append(call)
            self.news.notify_all()
        waiting = self.answers.get(request.path_params["path"])
        status, media_type, body = waiting.pop(0) if waiting else (200, *TWIML)
        if status == 0:
            await asyncio.to_thread(self.gate.wait, 10)
            status = 200
        return Response(body, status, media_type=media_type)


class Stage:
    """The running sandbox: `twilio` is the official client, `http` speaks to the JSON control."""

    def __init__(self, url: str, sandbox: Sandbox, app: App) -> None:
        self.url = url
        self.sandbox = sandbox
        self.app = app
        self.http = httpx2.Client(base_url=url, timeout=10, **LOCAL)
        self.twilio = Client(ACCOUNT_SID, AUTH_TOKEN)
        self.twilio.api.base_url = url

    @property
    def status_url(self) -> str:
        return f"{self.url}/app/status"

    def send(self, body: str = "Are you free on Thursday?", **fields: Any) -> Any:
        """Send as a company would; the official client's message comes back."""
        return self.twilio.messages.create(**({"to": MAYA, "from_": COMPANY, "body": body} | fields))

    def text_in(self, body: str, **fields: Any) -> dict[str, Any]:
        answer = self.http.post("/sandbox/inbound", json={"from": MAYA, "to": COMPANY, "body": body} | fields)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def fault(self, kind: str, **fields: Any) -> None:
        answer = self.http.post("/sandbox/faults", json={"kind": kind} | fields)
        assert answer.status_code == 201, answer.text

    def behave(self, number: str, behaviour: str) -> None:
        answer = self.http.post("/sandbox/behaviour", json={"number": number, "behaviour": behaviour})
        assert answer.status_code == 200, answer.text

    def seen(self, **filters: Any) -> list[dict[str, Any]]:
        return list(self.http.get("/sandbox/messages", params=filters).json()["messages"])

    def close(self) -> None:
        self.http.close()
        self.twilio.http_client.session.close()


class Host:
    """One server in a thread of its own; what it serves can be exchanged, as starting one takes longer than a test."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.serving: ASGIApp = Response(status_code=503)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._serve,
                host="127.0.0.1",
                port=self.port,
                interface="asgi3",
                lifespan="off",
                log_config=None,  # a level given here would stay on uvicorn's loggers for every test after this one
                timeout_graceful_shutdown=1,
            )
        )

    @contextmanager
    def running(self) -> Iterator["Host"]:
        """Serve until the end of the block."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        thread.start()
        pause = threading.Event()
        while not self._server.started:
            assert thread.is_alive(), "the server did not start"
            pause.wait(0.01)
        try:
            yield self
        finally:
            self._server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this on the server's loop and wait for it."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.serving(scope, receive, send)


@contextmanager
def stage(
    host: Host, *, sent_after: float = 0.02, delivered_after: float = 0.04, most_messages: int = 200_000
) -> Iterator[Stage]:
    """Let the host serve a fresh sandbox and a played app until the end of the block."""
    hook = f"{host.url}/app/message"
    numbers = (SandboxNumber(COMPANY, "Messaging number", hook), SandboxNumber(CHATBOT, "Text Engage", hook))
    sandbox = Sandbox(
        SandboxAccount(ACCOUNT_SID, AUTH_TOKEN, numbers),
        phones=[SandboxPhone(MAYA, "Maya Chen"), SandboxPhone(TOM, "Tom Okafor")],
        sent_after=sent_after,
        delivered_after=delivered_after,
        most_messages=most_messages,
    )
    app = App()
    played = Route("/app/{path:path}", app.receive, methods=["GET", "POST"])
    host.serving = Starlette(routes=[played, Mount("/", create_app(sandbox))])
    running = Stage(host.url, sandbox, app)
    try:
        yield running
    finally:
        app.gate.set()
        host.finish(sandbox.aclose())
        running.close()
