"""Pages for people of whom there is no session yet: their forms are tied to the browser by a cookie of its own."""

from starlette.requests import Request
from starlette.responses import Response

from inbox.web import cookies, csrf, pages


def page(request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    """A page without the frame whose forms hold the token of this browser's visit."""
    settings = request.app.state.settings
    known = cookies.visit_of(request, settings)
    visit = known or cookies.new_visit()
    answer = pages.bare(request, template, status=status, csrf=csrf.of_visit(settings.secret_key, visit), **context)
    if known is None:
        cookies.set_visit(answer, visit, settings)
    return answer
