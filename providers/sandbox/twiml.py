"""Reads the texts that a webhook's answer asks Twilio to send to the candidate."""

from xml.etree import ElementTree

from providers.sandbox.webhooks import Answer


def replies(answer: Answer) -> list[str]:
    """The texts of `<Message>` in TwiML; a plain text answer is itself sent, as Twilio has always done.

    An answer that is no TwiML at all sends nothing (Twilio logs error 12100 or 12300).
    """
    if answer.status is None or answer.error_code is not None or not answer.body.strip():
        return []
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if media_type == "text/plain":
        return [answer.body]
    if media_type not in ("text/xml", "application/xml"):
        return []
    try:
        # The answer comes from the app under development, and expat refuses entity bombs by itself.
        response = ElementTree.fromstring(answer.body)  # noqa: S314 # nosec B314
    except ElementTree.ParseError:
        return []
    return [words for message in response.iter("Message") if (words := _words(message))]


def _words(message: ElementTree.Element) -> str:
    body = message.find("Body")
    return ((message.text if body is None else body.text) or "").strip()
