"""The addresses of Text Engage, for the page of all addresses."""

from starlette.routing import Route

from inbox.web import chatbot, chatbot_forms, chatbot_sessions
from inbox.web.chatbot import ADDRESS

INTENT = ADDRESS + "/{intent_id:uuid}"

ROUTES = (
    Route(ADDRESS, chatbot.index, methods=["GET"]),
    Route(ADDRESS, chatbot_forms.create, methods=["POST"]),
    Route(f"{ADDRESS}/new", chatbot_forms.new),
    Route(INTENT, chatbot.show, methods=["GET"]),
    Route(INTENT, chatbot_forms.change, methods=["POST"]),
    Route(f"{INTENT}/edit", chatbot_forms.edit),
    Route(f"{INTENT}/state", chatbot.set_state, methods=["POST"]),
    Route(f"{INTENT}/simulator", chatbot.play, methods=["POST"]),
    Route(f"{INTENT}/sessions", chatbot_sessions.index),
    Route(f"{INTENT}/sessions.csv", chatbot_sessions.export),
)
