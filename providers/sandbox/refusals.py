"""Twilio's way of saying no: a number, a sentence and a page that explains it."""

from starlette.responses import JSONResponse

TITLES = {
    11200: "HTTP retrieval failure",
    12300: "Invalid Content-Type",
    20001: "Invalid parameter",
    20003: "Authenticate",
    20004: "Method not allowed",
    20009: "Cannot delete this resource before it is complete",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    20503: "Service unavailable",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21266: "'To' and 'From' number cannot be the same",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' number is not a valid message-capable Twilio phone number for this destination",
    21609: "Invalid 'StatusCallback' url",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    21620: "Invalid media URL(s)",
    21623: "Number of media files exceeds allowed limit",
    21705: "The Messaging Service Sid is invalid",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30409: "This message cannot be canceled",
}
"""Twilio's titles of the errors the sandbox plays (https://www.twilio.com/docs/api/errors)."""


class TwilioRefusal(Exception):
    """A request that Twilio turns down; `retry_after` in seconds."""

    def __init__(self, code: int, status: int = 400, words: str = "", retry_after: float | None = None) -> None:
        self.code = code
        self.status = status
        self.words = words or TITLES.get(code, "The request was refused")
        self.retry_after = retry_after
        super().__init__(self.words)

    def response(self) -> JSONResponse:
        headers = {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        if self.retry_after is not None:
            headers["Retry-After"] = f"{self.retry_after:g}"
        answer = {
            "code": self.code,
            "message": self.words,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return JSONResponse(answer, self.status, headers)
