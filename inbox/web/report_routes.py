"""The addresses of reports; a part of the page of all addresses."""

from starlette.routing import Route

from inbox.web import chat_report, response_report

ROUTES = (
    Route(chat_report.ADDRESS, chat_report.index),
    Route(f"{chat_report.ADDRESS}/candidates", chat_report.people),
    Route(response_report.ADDRESS, response_report.index),
)
