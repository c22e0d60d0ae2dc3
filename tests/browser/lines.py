"""The page's sockets in our hands."""

from playwright.sync_api import Page, WebSocketRoute


def through_us(page: Page) -> list[WebSocketRoute]:
    """Every socket the page opens, passed on to the server by us so that we can close it with any code."""
    lines: list[WebSocketRoute] = []

    def passed_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live*", passed_on)
    return lines
