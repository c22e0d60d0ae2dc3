"""Every address: those of one part of the product are on a page of their own beside this one."""

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from inbox.messaging.media_addresses import PATH
from inbox.web import (
    automation_routes,
    candidate_routes,
    chat_messages,
    embed_routes,
    export_routes,
    failures,
    forgotten,
    inbox_routes,
    integration_routes,
    media,
    operations,
    opt_outs,
    report_routes,
    second_steps,
    sessions,
    settings_routes,
    sso,
    webhooks,
)
from inbox.web.assets import Assets
from inbox.web.live import live


def routes(assets: Assets) -> list[BaseRoute]:
    """The route table of the web process."""
    return [
        # First, as they are looked for in this order and these are asked for most often.
        Route("/hooks/twilio/{channel_token}/message", webhooks.message, methods=["POST"]),
        Route("/hooks/twilio/{channel_token}/status", webhooks.status, methods=["POST"]),
        *inbox_routes.ROUTES,
        WebSocketRoute("/live", live),
        Route("/", sessions.home),
        Route("/login", sessions.show, methods=["GET"]),
        Route("/login", sessions.sign_in, methods=["POST"]),
        Route(second_steps.ADDRESS, second_steps.show, methods=["GET"]),
        Route(second_steps.ADDRESS, second_steps.check, methods=["POST"]),
        Route(sso.ADDRESS, sso.begin, methods=["POST"]),
        Route(sso.CALLBACK, sso.come_back),
        Route(forgotten.ADDRESS, forgotten.show, methods=["GET"]),
        Route(forgotten.ADDRESS, forgotten.ask, methods=["POST"]),
        Route(forgotten.CHOOSE, forgotten.open_link, methods=["GET"]),
        Route(forgotten.CHOOSE, forgotten.choose, methods=["POST"]),
        Route("/logout", sessions.sign_out, methods=["POST"]),
        Route("/logout/everywhere", sessions.sign_out_everywhere, methods=["POST"]),
        *candidate_routes.ROUTES,
        Route(opt_outs.ADDRESS, opt_outs.index),
        Route(chat_messages.ADDRESS, chat_messages.index),
        Route(chat_messages.FAILURES, chat_messages.failures, methods=["GET"]),
        Route(chat_messages.FAILURES, failures.act, methods=["POST"]),
        *export_routes.ROUTES,
        *report_routes.ROUTES,
        *automation_routes.ROUTES,
        *settings_routes.ROUTES,
        *integration_routes.routes(),
        *embed_routes.routes(assets),
        Route(f"{PATH}/{{token}}", media.public),
        Route("/healthz", operations.healthz),
        Route("/readyz", operations.readyz),
        Route("/metrics", operations.metrics),
        *(Route(f"/static/{name}.{{digest}}.{{kind}}", assets.bundle) for name in assets.names),
        Mount("/static", assets.files, name="static"),
    ]
