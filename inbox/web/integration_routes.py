"""The addresses of what other programs use, of where an admin lets them, and of what is brought from elsewhere."""

from starlette.routing import BaseRoute, Route

from inbox.web import api_tokens, companions, history, hook_deliveries, hooks
from inbox.web.api import docs, resources
from inbox.web.api.door import Door
from inbox.web.scim import routes as scim_routes

HOOK = hooks.ADDRESS + "/{endpoint_id:uuid}"
HISTORY = history.ADDRESS + "/{history_id:uuid}"


def routes() -> list[BaseRoute]:
    """Tokens, Sourcing Companions, imports of history, webhooks, the JSON API and SCIM."""
    return [
        Route(api_tokens.ADDRESS, api_tokens.index, methods=["GET"]),
        Route(api_tokens.ADDRESS, api_tokens.create, methods=["POST"]),
        Route(f"{api_tokens.ADDRESS}/{{token_id:uuid}}/revoke", api_tokens.revoke, methods=["POST"]),
        Route(
            f"{api_tokens.ADDRESS}/companions/{{companion_id:uuid}}/disconnect", api_tokens.disconnect, methods=["POST"]
        ),
        Route(companions.ADDRESS, companions.show, methods=["GET"]),
        Route(companions.ADDRESS, companions.new_code, methods=["POST"]),
        Route(f"{companions.ADDRESS}/{{companion_id:uuid}}/disconnect", companions.disconnect, methods=["POST"]),
        Route(history.ADDRESS, history.index, methods=["GET"]),
        Route(history.ADDRESS, history.begin_list, methods=["POST"]),
        Route(history.FILES, history.create, methods=["POST"]),
        Route(HISTORY, history.show),
        Route(f"{HISTORY}/begin", history.begin_file, methods=["POST"]),
        Route(f"{HISTORY}/stop", history.stop, methods=["POST"]),
        Route(f"{HISTORY}/go-on", history.go_on, methods=["POST"]),
        Route(f"{HISTORY}/undo", history.undo, methods=["POST"]),
        Route(f"{HISTORY}/wrong.csv", history.wrong),
        Route(hooks.ADDRESS, hooks.index, methods=["GET"]),
        Route(hooks.ADDRESS, hooks.create, methods=["POST"]),
        Route(HOOK, hooks.show, methods=["GET"]),
        Route(HOOK, hooks.change, methods=["POST"]),
        Route(f"{HOOK}/secret", hooks.rotate, methods=["POST"]),
        Route(f"{HOOK}/on", hooks.turn_on, methods=["POST"]),
        Route(f"{HOOK}/off", hooks.turn_off, methods=["POST"]),
        Route(f"{HOOK}/remove", hooks.remove, methods=["POST"]),
        Route(f"{HOOK}/test", hook_deliveries.test, methods=["POST"]),
        Route(f"{HOOK}/again", hook_deliveries.all_again, methods=["POST"]),
        Route(f"{HOOK}/deliveries/{{delivery_id:uuid}}/again", hook_deliveries.again, methods=["POST"]),
        resources.mounted(Door(), Route("/openapi.json", docs.openapi), Route("/docs", docs.page)),
        scim_routes.mounted(),
    ]
