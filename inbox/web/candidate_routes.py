"""The addresses of candidates: their pages, imports, lists and tags."""

from starlette.routing import BaseRoute, Route

from inbox.web import (
    candidate_forms,
    candidate_imports,
    candidates,
    consents,
    erasing,
    label_changes,
    labels,
    links,
    lists,
    merging,
    new_text,
    tags,
    unmerging,
)

CANDIDATE = "/candidates/{candidate_id:uuid}"
IMPORT = candidate_imports.ADDRESS + "/{import_id:uuid}"
CHANGE = label_changes.ADDRESS + "/{change_id:uuid}"
TAG = tags.ADDRESS + "/{label_id:uuid}"
LIST = lists.ADDRESS + "/{label_id:uuid}"

ROUTES: tuple[BaseRoute, ...] = (
    Route("/candidates", candidates.index, methods=["GET"]),
    Route("/candidates", candidate_forms.create, methods=["POST"]),
    Route("/candidates/new", candidate_forms.new),
    Route(candidate_imports.ADDRESS, candidate_imports.index, methods=["GET"]),
    Route(candidate_imports.ADDRESS, candidate_imports.create, methods=["POST"]),
    Route(IMPORT, candidate_imports.show, methods=["GET"]),
    Route(IMPORT, candidate_imports.check_again, methods=["POST"]),
    Route(f"{IMPORT}/begin", candidate_imports.begin, methods=["POST"]),
    Route(f"{IMPORT}/stop", candidate_imports.stop, methods=["POST"]),
    Route(f"{IMPORT}/undo", candidate_imports.undo, methods=["POST"]),
    Route(f"{IMPORT}/wrong.csv", candidate_imports.wrong),
    Route("/candidates/suggestions", labels.suggestions),
    Route(label_changes.ADDRESS, label_changes.begin, methods=["POST"]),
    Route(CHANGE, label_changes.show, methods=["GET"]),
    Route(f"{CHANGE}/undo", label_changes.undo, methods=["POST"]),
    Route(lists.ADDRESS, lists.index, methods=["GET"]),
    Route(lists.ADDRESS, lists.create, methods=["POST"]),
    Route(LIST, lists.edit, methods=["GET"]),
    Route(LIST, lists.rename, methods=["POST"]),
    Route(f"{LIST}/delete", lists.delete, methods=["POST"]),
    Route(merging.ADDRESS, merging.index),
    Route(f"{CANDIDATE}/merge", merging.preview, methods=["GET"]),
    Route(f"{CANDIDATE}/merge", merging.merge, methods=["POST"]),
    Route("/candidates/{gone_id:uuid}/unmerge", unmerging.preview, methods=["GET"]),
    Route("/candidates/{gone_id:uuid}/unmerge", unmerging.undo, methods=["POST"]),
    Route(tags.ADDRESS, tags.index),
    Route(TAG, tags.edit, methods=["GET"]),
    Route(TAG, tags.rename, methods=["POST"]),
    Route(f"{TAG}/merge", tags.merge, methods=["POST"]),
    Route(f"{TAG}/delete", tags.delete, methods=["POST"]),
    Route(f"{CANDIDATE}/context", labels.panel),
    Route(f"{CANDIDATE}/labels", labels.add, methods=["POST"]),
    Route(f"{CANDIDATE}/labels/{{label_id:uuid}}/remove", labels.remove, methods=["POST"]),
    Route(f"{CANDIDATE}/links/remove", links.remove, methods=["POST"]),
    Route(CANDIDATE, candidates.show, methods=["GET"]),
    Route(CANDIDATE, candidate_forms.change, methods=["POST"]),
    Route(f"{CANDIDATE}/text", new_text.to_candidate, methods=["POST"]),
    Route(f"{CANDIDATE}/edit", candidate_forms.edit),
    Route(f"{CANDIDATE}/erasure", erasing.show, methods=["GET"]),
    Route(f"{CANDIDATE}/erasure", erasing.erase, methods=["POST"]),
    Route(f"{CANDIDATE}/hold", erasing.hold, methods=["POST"]),
    Route(f"{CANDIDATE}/preview", candidates.preview),
    Route(f"{CANDIDATE}/conversation", candidates.open_conversation, methods=["POST"]),
    Route(f"{CANDIDATE}/consents", consents.index, methods=["GET"]),
    Route(f"{CANDIDATE}/consents", consents.write_down, methods=["POST"]),
)
