"""The editor of an intent: its words and questions, which are added, moved and removed before they are kept."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import chatbot_intents, chatbot_scripts, chatbot_wishes
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_scripts import TypedQuestion, TypedScript
from inbox.automation.chatbot_wishes import Wish
from inbox.errors import Changed, Invalid
from inbox.languages import _
from inbox.languages.readers import LANGUAGES
from inbox.web import chatbot, forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.forms import Form

_QUESTION = ("ask", "kind", "options", "fills", "hint")
_MOST_FIELDS = 20 + len(_QUESTION) * (chatbot_scripts.MOST_QUESTIONS + 1)


@allowed(Act.SEND_CAMPAIGNS)
async def new(request: Request) -> Response:
    """A form with the words that most begin with."""
    asked = request.query_params.get("kind", "")
    kind = asked if asked in chatbot_wishes.KINDS else "join"
    return await _form(request, None, chatbot_wishes.blank(kind, who(request).user.reader))


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Keep a new one, which is active at once; or the form again, with its questions in another order."""
    me, form = who(request), await forms.read(request, most_fields=_MOST_FIELDS)
    wish = _typed(form)
    if form.raw("act"):
        return await _rearranged(request, None, wish, form.raw("act"))
    company = await chatbot.company_of(request)
    try:
        settled = chatbot_wishes.settled(wish)
        async with me.tenant.transaction():
            intent_id = await chatbot_intents.create(me.tenant, me.user, company.id, settled)
            await note(me, "chatbot", _("made the intent “%(name)s”", name=wish.name.strip()))
    except Invalid as error:
        return await _form(request, None, wish, status=422, errors=error.fields)
    return RedirectResponse(f"{chatbot.ADDRESS}/{intent_id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def edit(request: Request) -> Response:
    """The form with its words."""
    intent = await chatbot.asked_for(request)
    return await _form(request, intent, _known(intent))


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Keep other words as the next version; or the form again, with its questions in another order."""
    me, form = who(request), await forms.read(request, most_fields=_MOST_FIELDS)
    intent, wish = await chatbot.asked_for(request), _typed(form)
    if form.raw("act"):
        return await _rearranged(request, intent, wish, form.raw("act"))
    try:
        settled = chatbot_wishes.settled(replace(wish, kind=intent.kind))
        async with me.tenant.transaction():
            version = int(form.raw("version")) if form.raw("version")[:9].isdecimal() else 0
            await chatbot_intents.change(me.tenant, me.user, intent.id, settled, version=version)
            await note(me, "chatbot", _("changed the intent “%(name)s”", name=intent.name))
    except Invalid as error:
        return await _form(request, intent, wish, status=422, errors=error.fields)
    except Changed as error:
        return await _form(request, intent, wish, status=409, notice=error.sentence)
    return RedirectResponse(f"{chatbot.ADDRESS}/{intent.id}", status_code=303)


async def _rearranged(request: Request, intent: Intent | None, wish: Wish, act: str) -> Response:
    """The form with a question more, less or elsewhere: "add", or "up-N", "down-N", "remove-N", N from 0."""
    questions, here = list(wish.script.questions), -1
    did, _, number = act.partition("-")
    place = int(number) if number.isdecimal() and len(number) < 3 else -1
    if did == "add" and len(questions) < chatbot_scripts.MOST_QUESTIONS:
        questions.append(TypedQuestion())
        here = len(questions) - 1
    elif 0 <= place < len(questions):
        question = questions.pop(place)
        here = {"up": max(0, place - 1), "down": place + 1}.get(did, place)
        if did != "remove":
            questions.insert(here, question)
        here = min(here, len(questions) - 1)
    return await _form(request, intent, replace(wish, script=replace(wish.script, questions=questions)), here=here)


async def _form(
    request: Request,
    intent: Intent | None,
    wish: Wish,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
    here: int = -1,
) -> Response:
    names = ["name", "kind", "keywords", "job", "tag", "hours", "questions", "language", *_WORDS]
    names += [f"{part}-{place}" for place in range(len(wish.script.questions)) for part in _QUESTION]
    return await pages.page(
        request,
        "chatbot/edit.html",
        status=status,
        nav="campaigns",
        intent=intent,
        wish=wish,
        kinds=chatbot_wishes.KINDS,
        answers=chatbot_scripts.KINDS,
        facts=chatbot_scripts.FACTS,
        languages=LANGUAGES,
        most=chatbot_scripts.MOST_QUESTIONS,
        errors=dict.fromkeys(names) | (errors or {}),
        notice=notice,
        here=here,
    )


_WORDS = ("welcome", "consent", "goodbye", "handover", "declined", "tries")


def _typed(form: Form) -> Wish:
    return Wish(
        name=form.raw("name"),
        kind=form.raw("kind"),
        keywords=form.raw("keywords"),
        job=form.raw("job"),
        tag=form.raw("tag"),
        hours=form.raw("hours"),
        tells=form.raw("tells") == "1",
        script=TypedScript(
            **{name: form.raw(name) for name in _WORDS},
            questions=_questions(form),
            language=form.raw("language") or "en",
        ),
    )


def _questions(form: Form) -> Sequence[TypedQuestion]:
    """Those that the form has, each in its place, blank ones too."""
    number = form.raw("number")
    count = min(int(number), chatbot_scripts.MOST_QUESTIONS) if number.isdecimal() and len(number) < 3 else 0
    return [TypedQuestion(**{part: form.raw(f"{part}-{place}") for part in _QUESTION}) for place in range(count)]


def _known(intent: Intent) -> Wish:
    return Wish(
        name=intent.name,
        kind=intent.kind,
        keywords=", ".join(word.upper() for word in intent.keywords),
        job=intent.job,
        tag=intent.tag,
        hours=str(intent.hours),
        tells=intent.tells,
        script=chatbot_scripts.typed_of(intent.script),
    )
