"""The sandbox's pictures: fetched from the app, kept, and handed out for the account's credentials only."""

import base64

import httpx2
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.clients import LOCAL
from tests.journeys.waiting import until
from tests.media import jpeg
from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, Stage


def path_of(url: str) -> str:
    return url.removeprefix("https://api.twilio.com")


def test_a_phones_picture_lies_at_twilios_address_behind_the_accounts_credentials(sandbox: Stage) -> None:
    picture = jpeg()
    sid = sandbox.text_in("", media=[{"content_type": "image/jpeg", "content": base64.b64encode(picture).decode()}])[
        "sid"
    ]
    fields = sandbox.app.calls[0].fields
    assert (fields["NumMedia"], fields["MediaContentType0"]) == ("1", "image/jpeg")
    address = sandbox.url + path_of(fields["MediaUrl0"])
    (listed,) = sandbox.twilio.messages(sid).media.list()
    assert fields["MediaUrl0"] == f"https://api.twilio.com{listed.uri.removesuffix('.json')}"
    with httpx2.Client(**LOCAL) as client:
        assert client.get(address).status_code == 401
        assert client.get(address, auth=(ACCOUNT_SID, "wrong")).status_code == 401
        got = client.get(address, auth=(ACCOUNT_SID, AUTH_TOKEN))
        assert (got.content, got.headers["Content-Type"]) == (picture, "image/jpeg")
        assert client.delete(f"{address}.json", auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code == 204
        assert client.get(address, auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code == 404
    assert sandbox.twilio.messages(sid).media.list() == []


def test_a_picture_that_cannot_be_fetched_fails_its_text(sandbox: Stage) -> None:
    message = sandbox.send(body="See", media_url=["http://127.0.0.1:9/none.jpg"])
    assert (message.num_segments, message.num_media) == ("1", "1")
    until(lambda: sandbox.twilio.messages(message.sid).fetch().status == "failed")
    assert sandbox.twilio.messages(message.sid).fetch().error_code == 11200


@pytest.mark.parametrize(("urls", "code"), [(["ftp://x/y"], 21620), (["https://x/y"] * 11, 21623)])
def test_what_is_no_address_or_too_much_is_refused(slow_sandbox: Stage, urls: list[str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.send(media_url=urls)
    assert refused.value.code == code


def test_a_person_sends_a_picture_from_a_phone(sandbox: Stage) -> None:
    form, page = {"body": "", "to": COMPANY}, f"/sandbox/phones/{MAYA}"
    assert sandbox.http.post(f"{page}/texts", data=form).status_code == 422
    sent = sandbox.http.post(f"{page}/texts", data=form, files={"media": ("me.jpg", jpeg(), "image/jpeg")})
    assert sent.status_code == 303
    until(lambda: sandbox.app.calls)
    assert sandbox.app.calls[0].fields["MediaContentType0"] == "image/jpeg"
    shown = sandbox.http.get(page).text
    address = shown.partition('src="/sandbox/phones/media/')[2].partition('"')[0]
    got = sandbox.http.get(f"/sandbox/phones/media/{address}")
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/jpeg")
    assert sandbox.http.get("/sandbox/phones/media/ME0").status_code == 404
