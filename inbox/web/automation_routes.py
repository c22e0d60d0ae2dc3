"""The addresses of what writes to candidates by itself or is written for many; a part of the page of all addresses."""

from starlette.routing import Route

from inbox.web import (
    campaign_files,
    campaign_forms,
    campaigns,
    chatbot,
    chatbot_forms,
    chatbot_sessions,
    message_templates,
    template_previews,
    workflow_candidates,
    workflow_forms,
    workflow_jobs,
    workflow_previews,
    workflows,
)

WORKFLOW = workflows.ADDRESS + "/{workflow_id:uuid}"
STOP = "/candidates/{candidate_id:uuid}/workflows/{execution_id:uuid}/stop"
STOP_IN_THREAD = "/inbox/c/{conversation_id:uuid}/workflows/{execution_id:uuid}/stop"
CAMPAIGN = campaigns.ADDRESS + "/{campaign_id:uuid}"
CAMPAIGN_FILE = campaign_files.ADDRESS + "/{file_id:uuid}"
INTENT = chatbot.ADDRESS + "/{intent_id:uuid}"
TEMPLATE = message_templates.ADDRESS + "/{template_id:uuid}"

ROUTES = (
    Route(workflows.ADDRESS, workflows.index, methods=["GET"]),
    Route(workflows.ADDRESS, workflow_forms.create, methods=["POST"]),
    Route(f"{workflows.ADDRESS}/new", workflow_forms.new),
    Route(f"{workflows.ADDRESS}/preview", workflow_previews.preview, methods=["POST"]),
    Route(f"{workflows.ADDRESS}/test", workflow_previews.test, methods=["POST"]),
    Route(workflow_jobs.ADDRESS, workflow_jobs.index, methods=["GET"]),
    Route(workflow_jobs.ADDRESS, workflow_jobs.change, methods=["POST"]),
    Route(WORKFLOW, workflows.show, methods=["GET"]),
    Route(WORKFLOW, workflow_forms.change, methods=["POST"]),
    Route(f"{WORKFLOW}/edit", workflow_forms.edit),
    Route(f"{WORKFLOW}/figures", workflows.figures),
    Route(f"{WORKFLOW}/executions", workflows.behind),
    Route(f"{WORKFLOW}/state", workflows.set_state, methods=["POST"]),
    Route(f"{WORKFLOW}/run-again", workflows.run_again, methods=["POST"]),
    Route("/candidates/{candidate_id:uuid}/workflows", workflow_candidates.of_candidate, methods=["GET"]),
    Route("/candidates/{candidate_id:uuid}/workflows", workflow_candidates.begin, methods=["POST"]),
    Route(STOP, workflow_candidates.stop, methods=["POST"]),
    Route(STOP_IN_THREAD, workflow_candidates.stop_in_thread, methods=["POST"]),
    Route(campaigns.ADDRESS, campaigns.index, methods=["GET"]),
    Route(campaigns.ADDRESS, campaign_forms.create, methods=["POST"]),
    Route(f"{campaigns.ADDRESS}/new", campaign_forms.new),
    Route(campaign_files.ADDRESS, campaign_files.index, methods=["GET"]),
    Route(campaign_files.ADDRESS, campaign_files.create, methods=["POST"]),
    Route(CAMPAIGN_FILE, campaign_files.show),
    Route(f"{CAMPAIGN_FILE}/not-matched.csv", campaign_files.unmatched),
    Route(CAMPAIGN, campaigns.show, methods=["GET"]),
    Route(CAMPAIGN, campaign_forms.change, methods=["POST"]),
    Route(f"{CAMPAIGN}/edit", campaign_forms.edit),
    Route(f"{CAMPAIGN}/plain", campaign_forms.use_plain_letters, methods=["POST"]),
    Route(f"{CAMPAIGN}/send", campaigns.send, methods=["POST"]),
    Route(f"{CAMPAIGN}/test", campaigns.test, methods=["POST"]),
    Route(f"{CAMPAIGN}/pause", campaigns.pause, methods=["POST"]),
    Route(f"{CAMPAIGN}/resume", campaigns.resume, methods=["POST"]),
    Route(f"{CAMPAIGN}/cancel", campaigns.cancel, methods=["POST"]),
    Route(f"{CAMPAIGN}/recipients", campaigns.recipients),
    Route(message_templates.ADDRESS, message_templates.index, methods=["GET"]),
    Route(message_templates.ADDRESS, message_templates.create, methods=["POST"]),
    Route(f"{message_templates.ADDRESS}/new", message_templates.new),
    Route(f"{message_templates.ADDRESS}/preview", template_previews.preview, methods=["POST"]),
    Route(template_previews.TEST, template_previews.test, methods=["POST"]),
    Route(TEMPLATE, message_templates.edit, methods=["GET"]),
    Route(TEMPLATE, message_templates.change, methods=["POST"]),
    Route(f"{TEMPLATE}/archive", message_templates.archive, methods=["POST"]),
    Route(f"{TEMPLATE}/restore", message_templates.restore, methods=["POST"]),
    Route(TEMPLATE + "/versions/{version:int}/restore", message_templates.take_back, methods=["POST"]),
    Route(chatbot.ADDRESS, chatbot.index, methods=["GET"]),
    Route(chatbot.ADDRESS, chatbot_forms.create, methods=["POST"]),
    Route(f"{chatbot.ADDRESS}/new", chatbot_forms.new),
    Route(INTENT, chatbot.show, methods=["GET"]),
    Route(INTENT, chatbot_forms.change, methods=["POST"]),
    Route(f"{INTENT}/edit", chatbot_forms.edit),
    Route(f"{INTENT}/state", chatbot.set_state, methods=["POST"]),
    Route(f"{INTENT}/simulator", chatbot.play, methods=["POST"]),
    Route(f"{INTENT}/sessions", chatbot_sessions.index),
)
