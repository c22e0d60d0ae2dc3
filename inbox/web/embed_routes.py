"""The addresses of widgets in other systems' pages, below `access.EMBEDS`, and of where an admin lets them stand."""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from inbox.web import automation_routes, embeds, inbox_routes, widget
from inbox.web.access import EMBEDS
from inbox.web.assets import Assets
from inbox.web.inbox_routes import CONVERSATION
from inbox.web.live import live_widget

IN_WIDGET = EMBEDS + CONVERSATION.removeprefix("/inbox/")

_SAME = frozenset(
    {
        "/messages",
        "/messages/{message_id:uuid}/retry",
        "/messages/{message_id:uuid}/discard",
        "/messages/{message_id:uuid}/meaning",
        "/composer",
        "/scheduled",
        "/scheduled/{text_id:uuid}",
        "/scheduled/{text_id:uuid}/send",
        "/scheduled/{text_id:uuid}/cancel",
        "/media",
        "/media/{media_id:uuid}",
        "/media/{media_id:uuid}/thumbnail",
        "/notes",
        "/claim",
        "/assign",
        "/close",
        "/reopen",
        "/snooze",
        "/wake",
        "/number-works",
        "/opt-out",
        "/read",
        "/unread",
        "/message-templates",
        "/workflows/{execution_id:uuid}/stop",
    }
)
"""What is asked of a thread in the same way wherever it stands; the rest of it has pages of its own in the inbox."""


def routes(assets: Assets) -> list[BaseRoute]:
    """The settings, the widget's script and frame, and the thread in it."""
    return [
        Route(embeds.ADDRESS, embeds.index, methods=["GET"]),
        Route(f"{embeds.ADDRESS}/origins", embeds.add_origin, methods=["POST"]),
        Route(f"{embeds.ADDRESS}/origins/remove", embeds.remove_origin, methods=["POST"]),
        Route(f"{embeds.ADDRESS}/keys", embeds.make_key, methods=["POST"]),
        Route(f"{embeds.ADDRESS}/keys/{{key_id:uuid}}/revoke", embeds.revoke_key, methods=["POST"]),
        Route(widget.SCRIPT, widget.script(assets)),
        Route(widget.FRAME, widget.frame),
        Route(f"{EMBEDS}session", widget.let_in, methods=["POST"]),
        Route(f"{EMBEDS}content", widget.content),
        Route(f"{EMBEDS}conversation", widget.begin, methods=["POST"]),
        Route(IN_WIDGET, widget.thread),
        WebSocketRoute(f"{EMBEDS}live", live_widget),
        *_of_thread(),
    ]


def _of_thread() -> list[BaseRoute]:
    """The addresses of a thread once more, below the widget's."""
    return [
        Route(route.path.replace(CONVERSATION, IN_WIDGET), route.endpoint, methods=list(route.methods or ()))
        for route in (*inbox_routes.ROUTES, *automation_routes.ROUTES)
        if isinstance(route, Route) and route.path.removeprefix(CONVERSATION) in _SAME
    ]
