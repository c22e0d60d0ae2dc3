"""The addresses of reports; a part of the page of all addresses."""

from starlette.routing import Route

from inbox.web import chat_report, report_files, response_report

ROUTES = (
    Route(chat_report.ADDRESS, chat_report.index),
    Route(f"{chat_report.ADDRESS}.csv", report_files.as_csv),
    Route(f"{chat_report.ADDRESS}.xlsx", report_files.as_xlsx),
    Route(f"{chat_report.ADDRESS}/candidates", chat_report.people),
    Route(response_report.ADDRESS, response_report.index),
)
