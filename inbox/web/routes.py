"""Every address on one page."""

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from inbox.web import (
    account,
    candidate_forms,
    candidates,
    chat_messages,
    composer,
    handling,
    inbox,
    message_templates,
    new_text,
    notes,
    operations,
    sessions,
    sms_settings,
    threads,
    users,
    webhooks,
)
from inbox.web.assets import Assets
from inbox.web.live import live

CONVERSATION = "/inbox/c/{conversation_id:uuid}"
USER = users.ADDRESS + "/{user_id:uuid}"
TEMPLATE = message_templates.ADDRESS + "/{template_id:uuid}"


def routes(assets: Assets) -> list[BaseRoute]:
    """The route table of the web process."""
    return [
        # First, as they are looked for in this order and these are asked for most often.
        Route("/hooks/twilio/{channel_token}/message", webhooks.message, methods=["POST"]),
        Route("/hooks/twilio/{channel_token}/status", webhooks.status, methods=["POST"]),
        Route("/", sessions.home),
        Route("/login", sessions.show, methods=["GET"]),
        Route("/login", sessions.sign_in, methods=["POST"]),
        Route("/logout", sessions.sign_out, methods=["POST"]),
        Route("/logout/everywhere", sessions.sign_out_everywhere, methods=["POST"]),
        Route("/inbox", inbox.index),
        Route("/inbox/new", new_text.find, methods=["GET"]),
        Route("/inbox/new", new_text.to_number, methods=["POST"]),
        Route(CONVERSATION, inbox.index),
        Route(f"{CONVERSATION}/messages", threads.earlier, methods=["GET"]),
        Route(f"{CONVERSATION}/messages", composer.reply, methods=["POST"]),
        Route(f"{CONVERSATION}/messages/{{message_id:uuid}}/retry", composer.retry, methods=["POST"]),
        Route(f"{CONVERSATION}/messages/{{message_id:uuid}}/discard", composer.discard, methods=["POST"]),
        Route(f"{CONVERSATION}/composer", composer.show),
        Route(f"{CONVERSATION}/notes", notes.write, methods=["POST"]),
        Route(f"{CONVERSATION}/claim", handling.claim, methods=["POST"]),
        Route(f"{CONVERSATION}/assign", handling.assign, methods=["POST"]),
        Route(f"{CONVERSATION}/close", handling.close, methods=["POST"]),
        Route(f"{CONVERSATION}/reopen", handling.reopen, methods=["POST"]),
        Route(f"{CONVERSATION}/read", threads.read, methods=["POST"]),
        Route(f"{CONVERSATION}/unread", handling.unread, methods=["POST"]),
        Route(f"{CONVERSATION}/message-templates", message_templates.picker),
        Route("/candidates", candidates.index, methods=["GET"]),
        Route("/candidates", candidate_forms.create, methods=["POST"]),
        Route("/candidates/new", candidate_forms.new),
        Route("/candidates/{candidate_id:uuid}", candidates.show, methods=["GET"]),
        Route("/candidates/{candidate_id:uuid}", candidate_forms.change, methods=["POST"]),
        Route("/candidates/{candidate_id:uuid}/text", new_text.to_candidate, methods=["POST"]),
        Route("/candidates/{candidate_id:uuid}/edit", candidate_forms.edit),
        Route("/candidates/{candidate_id:uuid}/preview", candidates.preview),
        Route("/candidates/{candidate_id:uuid}/conversation", candidates.open_conversation, methods=["POST"]),
        Route(chat_messages.ADDRESS, chat_messages.index),
        Route(f"{chat_messages.ADDRESS}.csv", chat_messages.export),
        Route(chat_messages.FAILURES, chat_messages.failures),
        Route(message_templates.ADDRESS, message_templates.index, methods=["GET"]),
        Route(message_templates.ADDRESS, message_templates.create, methods=["POST"]),
        Route(f"{message_templates.ADDRESS}/new", message_templates.new),
        Route(f"{message_templates.ADDRESS}/preview", message_templates.preview, methods=["POST"]),
        Route(TEMPLATE, message_templates.edit, methods=["GET"]),
        Route(TEMPLATE, message_templates.change, methods=["POST"]),
        Route(f"{TEMPLATE}/archive", message_templates.archive, methods=["POST"]),
        Route(f"{TEMPLATE}/restore", message_templates.restore, methods=["POST"]),
        Route(sms_settings.ADDRESS, sms_settings.show, methods=["GET"]),
        Route(sms_settings.ADDRESS, sms_settings.save, methods=["POST"]),
        Route(f"{sms_settings.ADDRESS}/synchronize", sms_settings.synchronize, methods=["POST"]),
        Route(users.ADDRESS, users.index, methods=["GET"]),
        Route(users.ADDRESS, users.create, methods=["POST"]),
        Route(f"{users.ADDRESS}/new", users.new),
        Route(USER, users.edit, methods=["GET"]),
        Route(USER, users.change, methods=["POST"]),
        Route(f"{USER}/password", users.renew_password, methods=["POST"]),
        Route(f"{USER}/hand-over", users.hand_over, methods=["POST"]),
        Route(f"{USER}/reactivate", users.reactivate, methods=["POST"]),
        Route(account.ADDRESS, account.show, methods=["GET"]),
        Route(account.ADDRESS, account.change, methods=["POST"]),
        Route(f"{account.ADDRESS}/password", account.change_password, methods=["POST"]),
        WebSocketRoute("/live", live),
        Route("/healthz", operations.healthz),
        Route("/readyz", operations.readyz),
        Route("/metrics", operations.metrics),
        Route("/static/app.{digest}.{kind}", assets.bundle),
        Mount("/static", assets.files, name="static"),
    ]
