"""Reading back: new texts and earlier ones come in without moving what is read."""

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.lines import through_us
from tests.browser.tabs import NO_ANSWER, Tabs, until_live
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.waiting import until

GRACE = "+61491570201"
TOP = "document.querySelector('#thread-scroll').scrollTop"
FROM_END = "(pane => pane.scrollHeight - pane.scrollTop - pane.clientHeight)(document.querySelector('#thread-scroll'))"
UP = "document.querySelector('#thread-scroll').scrollTop = 100"
# Follows the message that is first on screen; the jump is how far it is from where it was.
JUMPS = """() => {
  window.jumps = [];
  const pane = document.querySelector('#thread-scroll');
  document.addEventListener('htmx:beforeSwap', () => {
    const edge = pane.getBoundingClientRect().top;
    const read = [...pane.querySelectorAll('.msg')].find((message) => message.getBoundingClientRect().top > edge);
    const place = read.getBoundingClientRect().top;
    const note = () => window.jumps.push(read.getBoundingClientRect().top - place);
    requestAnimationFrame(() => requestAnimationFrame(note));
  });
}"""


def test_a_text_that_comes_while_one_reads_back_moves_nothing_and_waits_below_a_line(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    for number in range(12):
        installation.text_in(candidate.number, f"A story in twelve parts, part {number}")
    installation.reply(installation.sign_in(JO), candidate.conversation, "I am reading")
    page = tabs.open(candidate.page, height=600)
    page.evaluate(UP)
    expect(page.locator("#to-latest")).to_have_text("Latest message")
    read = page.evaluate(TOP)

    installation.text_in(candidate.number, "Something new")

    expect(page.locator("#to-latest")).to_have_text("1 new message")
    assert page.evaluate(TOP) == read
    expect(page.locator("#new-mark + .msg")).to_contain_text("Something new")
    installation.text_in(candidate.number, "And more")
    expect(page.locator("#to-latest")).to_have_text("2 new messages")
    expect(page.locator("#new-mark")).to_have_count(1)

    page.locator("#to-latest").click()

    assert page.evaluate(FROM_END) <= 1
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#to-latest")).to_be_hidden()


def test_who_is_at_the_end_is_taken_along(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(f"/inbox/c/{installation.conversation(GRACE)}?tab=shared")
    assert page.evaluate(FROM_END) <= 1

    installation.text_in(GRACE, "Right here\n" * 8)

    expect(bubble(page, "Right here").last).to_be_in_viewport()
    until(lambda: page.evaluate(FROM_END) <= 1)
    expect(page.locator("#to-latest")).to_be_hidden()


def test_earlier_messages_come_page_by_page_without_a_jump_until_the_first(
    tabs: Tabs, installation: Installation
) -> None:
    page = tabs.open(f"/inbox/c/{installation.conversation(GRACE)}?tab=shared")
    page.evaluate(JUMPS)

    while page.locator("#older").count():
        button = page.locator("#older a").get_attribute("href")
        page.evaluate("document.querySelector('#thread-scroll').scrollTop = 0")
        expect(page.locator(f"#older a[href='{button}']")).to_have_count(0)

    jumps = until(lambda: page.evaluate("window.jumps.length >= 2 && window.jumps"))
    assert {round(jump) for jump in jumps} == {0}
    messages = page.locator("#thread-scroll .msg")
    expect(messages.first).to_contain_text("how was week 1?")
    ids, days = (page.locator(f"#thread-scroll {kind}") for kind in (".msg", ".day"))
    for found in (ids, days):
        named = found.evaluate_all("all => all.map((one) => one.id)")
        assert len(named) == len(set(named))
    weeks = [words for words in messages.all_inner_texts() if "how was week" in words]
    assert len(weeks) == 45


def test_a_thread_is_read_after_two_seconds_in_sight_and_not_before(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open("/inbox?tab=shared")
    row = page.locator(f"#conv-{candidate.conversation}")
    expect(row).to_contain_text("unread")

    with page.expect_request("**/read", timeout=6000) as asked:
        row.locator("a").click()
        expect(page.locator("#thread-name")).to_be_focused()
        opened = page.evaluate("performance.now()")
    said = page.evaluate("performance.now()")

    assert said - opened > 1500
    assert str(asked.value.post_data).startswith("seen=")
    expect(row).not_to_contain_text("unread")


def test_a_thread_that_could_not_be_marked_read_is_marked_when_the_line_is_back(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.context().new_page()
    lines = through_us(page)
    tabs.expect_trouble(*NO_ANSWER)
    page.route("**/read", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/read")):
        page.goto(candidate.page)
        until_live(page)
    page.unroute("**/read")

    with page.expect_response("**/read", timeout=10_000) as answer:
        lines[0].close(code=1012)

    assert answer.value.status == 204
    expect(page.locator(f"#conv-{candidate.conversation}")).not_to_contain_text("unread")


def test_a_colleagues_words_arrive_under_their_name_and_are_not_called_new(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)

    installation.reply(installation.sign_in(ANA), candidate.conversation, "I have this one")

    expect(bubble(page, "I have this one")).to_contain_text("Ana Ruiz")
    expect(bubble(page, "I have this one")).to_contain_text("Delivered")
    expect(page.locator("#new-mark ~ .msg--out")).to_have_count(0)


def test_a_screen_reader_hears_new_texts_only(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation, "Before you came")
    page = tabs.open(candidate.page)
    expect(page.get_by_role("log").locator(".msg")).to_have_count(0)

    installation.text_in(candidate.number, "Now")

    expect(page.get_by_role("log").locator(".msg")).to_have_count(1)
    expect(page.get_by_role("log")).to_contain_text("Now")


# What a frame brings when a text of yesterday is found on the provider's list.
LATE = """() => {
  const [message, day] = ['.msg', '.day'].map((kind) => document.querySelector(kind).cloneNode(true));
  Object.assign(message, { id: 'msg-of-yesterday' }).dataset.at = new Date(Date.now() - 24 * 3600 * 1000).toISOString();
  day.id = 'day-yesterday';
  const list = document.createElement('ol');
  list.setAttribute('hx-swap-oob', 'beforeend:#thread-list');
  list.dataset.conv = inbox.conversation();
  list.append(day, message);
  htmx.swap(document.body, list.outerHTML, { swapStyle: 'none' });
  return [...document.querySelectorAll('#thread-scroll :is(.day, .msg)')].map((line) => line.id);
}"""


def test_a_text_of_another_day_that_comes_late_stands_under_its_own_day(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(newcomer(installation).page)
    today = page.locator("#thread-scroll :is(.day, .msg)").evaluate_all("lines => lines.map((line) => line.id)")
    assert page.evaluate(LATE) == ["day-yesterday", "msg-of-yesterday", *today]


def test_what_is_marked_unread_stays_so_while_it_is_open_and_is_read_when_it_is_opened_again(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    installation.text_in(candidate.number, "Later, please")
    page, other = tabs.open(candidate.page), tabs.open("/inbox?tab=shared", who=ANA)
    row = other.locator(f"#conv-{candidate.conversation}")
    expect(row).not_to_contain_text("unread")

    page.focus("#thread-scroll")
    page.keyboard.press("u")

    expect(page.locator("#composer-notice")).to_contain_text("Marked unread.")
    expect(row).to_contain_text("1 unread")
    page.keyboard.press("End")
    installation.text_in(candidate.number, "Are you still there?")
    expect(bubble(page, "Are you still there?")).to_be_visible()
    expect(row).to_contain_text("2 unread")
    page.reload()
    expect(row).not_to_contain_text("unread")


def test_a_search_opens_the_thread_at_its_line_with_a_way_on_in_both_directions(
    tabs: Tabs, installation: Installation
) -> None:
    conversation = installation.conversation(GRACE)
    page = tabs.open('/inbox?tab=shared&q="week+10"')
    page.locator(f"#conv-{conversation}-link").click()
    line = bubble(page, "how was week 10?")
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    assert "&m=" in page.url
    assert page.evaluate("Number(document.querySelector('#thread').dataset.seen)") == 0
    expect(page.locator("#to-latest")).to_be_visible()

    installation.text_in(GRACE, "While you read back")
    expect(page.locator("#thread-list .msg")).to_have_count(1)
    while page.locator("#newer").count():
        button = page.locator("#newer a").get_attribute("href")
        page.locator("#newer").scroll_into_view_if_needed()
        expect(page.locator(f"#newer a[href='{button}']")).to_have_count(0)
    ids = page.locator("#thread-scroll .msg").evaluate_all("all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))
    texts = page.locator("#thread-scroll .msg").all_inner_texts()
    weeks = [words for words in texts if "how was week" in words]
    assert len(weeks) >= 35
    assert "While you read back" in texts[-1]
    page.evaluate("document.querySelector('#thread-scroll').scrollTop = 1e6")
    expect(page.locator("#to-latest")).to_be_hidden()

    page.reload()
    expect(bubble(page, "how was week 10?")).to_be_focused()
    page.locator("#to-latest").click()
    expect(page.locator("#newer")).to_have_count(0)
    expect(bubble(page, "While you read back")).to_be_in_viewport()
