"""Our reading of webhooks, tried on an emulator of Twilio that others wrote."""

import pytest

from providers.contract import DeliveryStatus
from providers.twilio.webhooks import TwilioForm, delivery_report, incoming_sms, is_genuine
from tests.contract.emulated import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, Emulated, Received

pytestmark = pytest.mark.anyio

BODIES = ["Yes", "  blanks at both ends  ", "Grüße 👋🏽 aus 日本 ✓", "a=1&b=2+%20#?", "two\nlines", ""]


def is_accepted(call: Received, *, form: TwilioForm | None = None, url: str = "", token: str = AUTH_TOKEN) -> bool:
    return is_genuine(url or call.url, form or call.form, call.signature, [token])


@pytest.mark.parametrize("body", BODIES)
def test_an_incoming_text_is_read_and_its_signature_accepted(emulator: Emulated, body: str) -> None:
    sent = emulator.simulate("inbound-message", To=COMPANY, From=MAYA, Body=body)
    call = emulator.received[-1]
    assert call.url.endswith("/hooks/message?team=Nurses%20VIC&a=1")
    assert is_accepted(call)
    sms = incoming_sms(call.form)
    assert (sms.provider_message_id, sms.account_id) == (sent["sid"], ACCOUNT_SID)
    assert (sms.sender, sms.recipient, sms.body) == (MAYA, COMPANY, sent["body"])


def test_blank_fields_are_part_of_what_is_signed(emulator: Emulated) -> None:
    emulator.simulate("inbound-message", To=COMPANY, From=MAYA, Body="Yes")
    call = emulator.received[-1]
    assert call.form.raw("MessagingServiceSid") == b""


async def test_every_status_is_read_and_its_signature_accepted(emulator: Emulated) -> None:
    sid = await emulator.send("Hello", f"{emulator.app_url}/hooks/status?m=0193-ab&x=%2B")
    del emulator.received[:]
    for status in ("sent", "delivered", "undelivered", "failed"):
        emulator.simulate("message-status", MessageSid=sid, Status=status)
        call = emulator.received[-1]
        assert call.url.endswith("/hooks/status?m=0193-ab&x=%2B")
        assert is_accepted(call)
        report = delivery_report(call.form, "0193-ab")
        assert (report.provider_message_id, report.message_id) == (sid, "0193-ab")
        assert report.status is DeliveryStatus(status)


def test_a_changed_call_is_refused(emulator: Emulated) -> None:
    emulator.simulate("inbound-message", To=COMPANY, From=MAYA, Body="Yes")
    call = emulator.received[-1]
    fields = call.form.fields
    changed = TwilioForm(tuple((name, b"No" if name == b"Body" else value) for name, value in fields))
    assert is_accepted(call)
    assert not is_accepted(call, form=changed)
    assert not is_accepted(call, form=TwilioForm(fields[1:]))
    assert not is_accepted(call, form=TwilioForm((*fields, (b"Extra", b"1"))))
    assert not is_accepted(call, url=call.url.replace("a=1", "a=2"))
    assert not is_accepted(call, url=call.url.replace("%20", "+"))
    assert not is_accepted(call, token=AUTH_TOKEN + "x")
    assert not is_genuine(call.url, call.form, None, [AUTH_TOKEN])
