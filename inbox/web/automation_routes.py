"""The addresses of what writes to candidates by itself or is written for many; a part of the page of all addresses."""

from starlette.routing import Route

from inbox.web import (
    campaign_forms,
    campaigns,
    chatbot,
    chatbot_forms,
    chatbot_sessions,
    message_templates,
    workflows,
)

WORKFLOW = workflows.ADDRESS + "/{workflow_id:uuid}"
CAMPAIGN = campaigns.ADDRESS + "/{campaign_id:uuid}"
INTENT = chatbot.ADDRESS + "/{intent_id:uuid}"
TEMPLATE = message_templates.ADDRESS + "/{template_id:uuid}"

ROUTES = (
    Route(workflows.ADDRESS, workflows.index, methods=["GET"]),
    Route(workflows.ADDRESS, workflows.create, methods=["POST"]),
    Route(f"{workflows.ADDRESS}/new", workflows.new),
    Route(WORKFLOW, workflows.show, methods=["GET"]),
    Route(WORKFLOW, workflows.change, methods=["POST"]),
    Route(f"{WORKFLOW}/edit", workflows.edit),
    Route(f"{WORKFLOW}/state", workflows.set_state, methods=["POST"]),
    Route(f"{WORKFLOW}/run-again", workflows.run_again, methods=["POST"]),
    Route("/candidates/{candidate_id:uuid}/workflows", workflows.of_candidate, methods=["GET"]),
    Route("/candidates/{candidate_id:uuid}/workflows", workflows.begin, methods=["POST"]),
    Route("/candidates/{candidate_id:uuid}/workflows/{execution_id:uuid}/stop", workflows.stop, methods=["POST"]),
    Route(campaigns.ADDRESS, campaigns.index, methods=["GET"]),
    Route(campaigns.ADDRESS, campaign_forms.create, methods=["POST"]),
    Route(f"{campaigns.ADDRESS}/new", campaign_forms.new),
    Route(CAMPAIGN, campaigns.show, methods=["GET"]),
    Route(CAMPAIGN, campaign_forms.change, methods=["POST"]),
    Route(f"{CAMPAIGN}/edit", campaign_forms.edit),
    Route(f"{CAMPAIGN}/send", campaigns.send, methods=["POST"]),
    Route(f"{CAMPAIGN}/pause", campaigns.pause, methods=["POST"]),
    Route(f"{CAMPAIGN}/resume", campaigns.resume, methods=["POST"]),
    Route(f"{CAMPAIGN}/cancel", campaigns.cancel, methods=["POST"]),
    Route(f"{CAMPAIGN}/recipients", campaigns.recipients),
    Route(message_templates.ADDRESS, message_templates.index, methods=["GET"]),
    Route(message_templates.ADDRESS, message_templates.create, methods=["POST"]),
    Route(f"{message_templates.ADDRESS}/new", message_templates.new),
    Route(f"{message_templates.ADDRESS}/preview", message_templates.preview, methods=["POST"]),
    Route(TEMPLATE, message_templates.edit, methods=["GET"]),
    Route(TEMPLATE, message_templates.change, methods=["POST"]),
    Route(f"{TEMPLATE}/archive", message_templates.archive, methods=["POST"]),
    Route(f"{TEMPLATE}/restore", message_templates.restore, methods=["POST"]),
    Route(chatbot.ADDRESS, chatbot.index, methods=["GET"]),
    Route(chatbot.ADDRESS, chatbot_forms.create, methods=["POST"]),
    Route(f"{chatbot.ADDRESS}/new", chatbot_forms.new),
    Route(INTENT, chatbot.show, methods=["GET"]),
    Route(INTENT, chatbot_forms.change, methods=["POST"]),
    Route(f"{INTENT}/edit", chatbot_forms.edit),
    Route(f"{INTENT}/state", chatbot.set_state, methods=["POST"]),
    Route(f"{INTENT}/simulator", chatbot.play, methods=["POST"]),
    Route(f"{INTENT}/sessions", chatbot_sessions.index),
    Route(f"{INTENT}/sessions.csv", chatbot_sessions.export),
)
