"""The forms of settings, money, consent, provisioning, users and candidates, with what none of them can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

IN_THREAD = "/inbox/c/{conversation_id:uuid}"

ELSEWHERE = (
    "/inbox/new",
    *(
        f"{IN_THREAD}/{act}"
        for act in ("messages", "scheduled", "media", "notes", "claim", "assign", "close", "reopen", "snooze", "wake")
    ),
    *(f"{IN_THREAD}/{act}" for act in ("read", "unread", "workflows")),
    "/notifications",
    "/chat-messages",
    "/workflows",
    "/candidates/{candidate_id:uuid}/workflows",
    "/candidates/{candidate_id:uuid}/text",
    "/campaigns",
    "/message-templates",
    "/chatbot",
    "/account/second-factor",
)
"""Where texts are written and handled, and codes are typed, in forms with tests of their own."""

PRESSED = {
    "/saved-views/{view_id:uuid}/archive",
    "/saved-views/{view_id:uuid}/restore",
    "/candidates/imports/{import_id:uuid}/begin",
    "/candidates/imports/{import_id:uuid}/stop",
    "/candidates/imports/{import_id:uuid}/undo",
    "/candidates/changes/{change_id:uuid}/undo",
    "/candidates/lists/{label_id:uuid}/delete",
    "/candidates/tags/{label_id:uuid}/merge",
    "/candidates/tags/{label_id:uuid}/delete",
    "/candidates/{candidate_id:uuid}/merge",
    "/candidates/{gone_id:uuid}/unmerge",
    "/candidates/{candidate_id:uuid}/labels/{label_id:uuid}/remove",
    "/candidates/{candidate_id:uuid}/links/remove",
    "/candidates/{candidate_id:uuid}/erasure",
    "/candidates/{candidate_id:uuid}/conversation",
    "/exports/{export_id:uuid}/cancel",
    "/inbox/c/{conversation_id:uuid}/person",
    "/inbox/c/{conversation_id:uuid}/person/take-away",
    "/inbox/c/{conversation_id:uuid}/guests/{user_id:uuid}/end",
    "/inbox/c/{conversation_id:uuid}/number-works",
    "/inbox/c/{conversation_id:uuid}/opt-out",
    "/settings/organisation/sms/test",
    "/settings/organisation/sms/webhook",
    "/settings/organisation/sms/synchronize",
    "/settings/history/{history_id:uuid}/begin",
    "/settings/history/{history_id:uuid}/stop",
    "/settings/history/{history_id:uuid}/go-on",
    "/settings/history/{history_id:uuid}/undo",
    "/settings/provisioning/documents/{document_id}/remove",
    "/settings/provisioning/{country}/send/{kind}",
    "/settings/api-tokens/{token_id:uuid}/revoke",
    "/settings/api-tokens/companions/{companion_id:uuid}/disconnect",
    "/settings/embeds/origins/remove",
    "/settings/embeds/keys",
    "/settings/embeds/keys/{key_id:uuid}/revoke",
    "/settings/sign-in/second-factor",
    "/settings/sign-in/sso/test",
    "/settings/sign-in/sso/remove",
    "/settings/users/{user_id:uuid}/second-factor",
    "/settings/webhooks/{endpoint_id:uuid}/secret",
    "/settings/webhooks/{endpoint_id:uuid}/on",
    "/settings/webhooks/{endpoint_id:uuid}/off",
    "/settings/webhooks/{endpoint_id:uuid}/remove",
    "/settings/webhooks/{endpoint_id:uuid}/test",
    "/settings/webhooks/{endpoint_id:uuid}/again",
    "/settings/webhooks/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}/again",
    "/settings/users/{user_id:uuid}/invite",
    "/settings/users/{user_id:uuid}/password",
    "/settings/users/{user_id:uuid}/reactivate",
    "/company",
    "/companion",
    "/companion/{companion_id:uuid}/disconnect",
}
"""Buttons and choices between what is offered: nothing can be typed there."""

CHOSEN = {
    "/settings/company/sms/rules",
    "/settings/users/{user_id:uuid}/hand-over",
    "/settings/organisation/language",
    "/account/language",
}
"""Forms in which things are ticked and chosen, and nothing is typed."""

MARKUP = '"><script>alert(1)</script>'
LONG = MARKUP * 200


@dataclass(frozen=True)
class Form:
    """Where a form stands, and what cannot be taken: the field that is then pointed at is the first of each."""

    page: str
    wrong: Sequence[Mapping[str, str]]
    item: str = ""
    files: Sequence[tuple[str, bytes]] = ()


def each(field: str, *values: str, **others: str) -> list[dict[str, str]]:
    """The field with each of these values in turn, beside the same others."""
    return [{field: value} | {name: one for name, one in others.items() if name != field} for value in values]


NUMBERS = ("+61 491 570 156", "+6149", "+44 7700 900 158", MARKUP)
NAMES = (" \t ", LONG)
DAYS = ("2026-02-30", MARKUP)
CANDIDATE = [
    *each("name", LONG),
    *each("name", "", number="", email=""),
    *each("number", "+61 2", MARKUP),
    *each("email", "maya@", MARKUP),
    *each("stage", LONG),
    *each("job", LONG),
    *each("city", LONG),
    *each("consent", LONG),
]

SSO = {
    "issuer": "https://login.example.com",
    "client_id": "shared-inbox",
    "client_secret": "a secret",
    "domains": "acme.test",
}

FORMS: Mapping[str, Form] = {
    "/saved-views": Form("/saved-views/new?unread=1", each("name", *NAMES)),
    "/saved-views/{view_id:uuid}": Form("/saved-views/{view_id:uuid}/edit", each("name", *NAMES)),
    "/candidates": Form("/candidates/new", CANDIDATE),
    "/candidates/{candidate_id:uuid}": Form("/candidates/{candidate_id:uuid}/edit", CANDIDATE),
    "/candidates/imports": Form(
        "/candidates/imports", each("file", ""), files=[("x.csv", b"\x00\xff"), ("x.csv", b"")]
    ),
    "/candidates/imports/{import_id:uuid}": Form(
        "/candidates/imports/{import_id:uuid}", each("column-0", "", **{"column-1": ""})
    ),
    "/candidates/changes": Form("/candidates", each("name", *NAMES, everyone="1")),
    "/candidates/lists": Form("/candidates/lists", each("name", *NAMES)),
    "/candidates/lists/{label_id:uuid}": Form("/candidates/lists/{list_id}", each("name", *NAMES), item="list"),
    "/candidates/tags/{label_id:uuid}": Form("/candidates/tags/{label_id:uuid}", each("name", *NAMES)),
    "/candidates/{candidate_id:uuid}/labels": Form("/candidates/{candidate_id:uuid}", each("name", *NAMES)),
    "/candidates/{candidate_id:uuid}/consents": Form("/candidates/{candidate_id:uuid}/consents", each("words", *NAMES)),
    "/candidates/{candidate_id:uuid}/hold": Form("/candidates/{candidate_id:uuid}/erasure", each("why", *NAMES)),
    "/inbox/c/{conversation_id:uuid}/guests": Form(
        "/inbox/c/{conversation_id:uuid}/guests",
        [
            *each("name", *NAMES, email="lee@acme.test"),
            *each("email", "", "lee@", MARKUP, LONG, name="Lee"),
            *each("until", "", "2001-01-01", "9999-12-31", *DAYS, name="Lee", email="lee@acme.test"),
        ],
    ),
    "/settings/embeds/origins": Form(
        "/settings/embeds", each("origin", "", "ats.example.com", "https://ats.example.com/x", MARKUP, LONG)
    ),
    "/settings/retention": Form(
        "/settings/retention",
        [
            *each("months-au", "0", "-1", "1.5", "1 2", "99999", MARKUP),
            *each("months-else", "x"),
            *each("months-new", "0", MARKUP, country="de"),
        ],
    ),
    "/settings/organisation/sms": Form("/settings/organisation/sms", each("from", "1999-12-31", "9999-12-31", *DAYS)),
    "/settings/organisation/sms/account": Form(
        "/settings/organisation/sms",
        [
            *each("account_sid", "", "AC12", "SK" + "0" * 32, MARKUP, LONG, auth_token="0" * 32),
            *each("auth_token", LONG, "too short", account_sid="AC" + "b" * 32),
        ],
    ),
    "/settings/company/sms": Form("/settings/company/sms", each("number", "", *NUMBERS, LONG)),
    "/settings/company/chatbot": Form("/settings/company/sms", each("number", *NUMBERS, "+61491570006")),
    "/settings/organisation/sms/billing-log": Form(
        "/settings/organisation/sms/billing-log",
        [
            *each("segments", "", "0", "-5", "1.5", "9" * 11, MARKUP, note=MARKUP),
            *each("note", LONG, segments="5"),
        ],
    ),
    "/settings/company/hours": Form(
        "/settings/company/hours",
        [
            *each("from-0", "", "25:00", MARKUP, **{"works-0": "1", "to-0": "17:00"}),
            *each("from-0", "18:00", **{"works-0": "1", "to-0": "17:00"}),
            *each("to-0", "", "25:00", "17:00:99", **{"works-0": "1", "from-0": "09:00"}),
            *each("escalates_after", "", "0", "1.5", "9999", MARKUP, escalates_to="managers"),
        ],
    ),
    "/settings/company/rules": Form(
        "/settings/company/rules",
        [
            *each("from", "", "25:00", MARKUP, "22:00", hours="own", to="21:00"),
            *each("to", "", "25:00", "night", hours="own", **{"from": "08:00"}),
            *each("daily_cap", "0", "1.5", "101", MARKUP),
        ],
    ),
    "/settings/provisioning/{country}/{item}": Form(
        "/settings/provisioning/au/contact",
        [
            *each("name", LONG),
            *each("name", "", state="sent"),
            *each("email", "kim@", MARKUP),
            *each("phone", "0491 570 156", "+6149", MARKUP),
            *each("note", "", state="problem"),
            *each("note", LONG),
        ],
        item="contact",
    ),
    "/settings/provisioning/{country}/{item}/documents": Form(
        "/settings/provisioning/au/business",
        each("document", ""),
        item="business",
        files=[("x.pdf", b""), ("x.pdf", b"<script>"), (MARKUP, b"GIF89a")],
    ),
    "/settings/history": Form("/settings/history", each("from", "", "1999-12-31", "9999-12-31", *DAYS)),
    "/settings/history/files": Form(
        "/settings/history", each("file", ""), files=[("x.csv", b"\x00\xff"), ("x.csv", b""), (MARKUP, b"name\nMaya")]
    ),
    "/settings/companies": Form("/settings/companies", each("name", *NAMES)),
    "/settings/companies/{company_id:uuid}": Form("/settings/companies", each("name", *NAMES)),
    "/settings/api-tokens": Form("/settings/api-tokens", [*each("name", *NAMES), *each("scopes", "", name="CRM")]),
    "/settings/webhooks": Form(
        "/settings/webhooks",
        [
            *each("url", "", "http://example.com", "https://127.0.0.1/", "https://a b", MARKUP, LONG),
            *each("kinds", "", url="https://example.com/hook"),
        ],
    ),
    "/settings/webhooks/{endpoint_id:uuid}": Form(
        "/settings/webhooks/{endpoint_id:uuid}",
        [*each("url", "ftp://example.com", MARKUP), *each("kinds", "")],
    ),
    "/settings/sign-in/sso": Form(
        "/settings/sign-in",
        [
            *each("issuer", "", "http://login.example.com", "https://10.0.0.8", "https://a b", MARKUP, LONG, **SSO),
            *each("client_id", "", LONG, **SSO),
            *each("client_secret", "", LONG, **SSO),
            *each("domains", "", "example", "jo@acme", MARKUP, LONG, **SSO),
            *each("claim-0", "", LONG, **SSO, **{"value-0": "leads"}),
            *each("keeper_id", "", **SSO, passwords_off="1"),
        ],
    ),
    "/settings/users": Form(
        "/settings/users/new",
        [
            *each("email", "", "lee@", "a b@example.com", MARKUP, LONG, name="Lee"),
            *each("name", *NAMES, email="lee@acme.test"),
        ],
    ),
    "/settings/users/{user_id:uuid}": Form("/settings/users/{user_id:uuid}", each("name", *NAMES)),
    "/settings/users/{user_id:uuid}/number": Form(
        "/settings/users/{user_id:uuid}/number", each("number", *NUMBERS, "+61491570006")
    ),
    "/account": Form("/account", [*each("name", *NAMES), *each("mobile", "12", MARKUP)]),
    "/account/password": Form(
        "/account",
        [*each("new", "short", LONG, current="x"), *each("current", "", "not mine", new="a long enough phrase")],
    ),
}
