"""What was done to a user, as the audit log says it: sentences without their subject."""

from inbox.accounts.users import User
from inbox.languages import Sentence, _, gathered, ngettext


def added(user: User) -> Sentence:
    """Somebody new."""
    if user.own_only:
        return _("added %(email)s as %(role)s, who sees only their own conversations", **_named(user))
    return _("added %(email)s as %(role)s", **_named(user))


def changed(before: User, now: User) -> Sentence:
    """What of their facts is another one."""
    old, facts = _facts(before), _facts(now)
    return _(
        "changed %(email)s: %(facts)s",
        email=before.email,
        facts=gathered((fact for name, fact in facts.items() if fact != old[name]), ", ") or _("nothing"),
    )


def changed_own(before: User, now: User) -> Sentence:
    """Which facts of their own account are others, by the names of the fields."""
    fields = {
        _("name"): before.name != now.name,
        _("time zone"): before.zone.key != now.zone.key,
        _("mails"): before.mails != now.mails,
        _("mobile number"): before.mobile != now.mobile,
    }
    facts = [name for name, is_another in fields.items() if is_another]
    return _("changed their own account: %(facts)s", facts=gathered(facts, ", ") if facts else _("nothing"))


def handed_over(user: User, number: int, to: str) -> Sentence:
    """Their conversations, to whom."""
    return ngettext(
        "handed %(num)s conversation of %(name)s over to %(other)s",
        "handed %(num)s conversations of %(name)s over to %(other)s",
        number,
        name=user.name,
        other=to,
    )


def _facts(user: User) -> dict[str, str]:
    return {
        "name": _("name %(name)s", name=user.name),
        "role": _("role %(role)s", role=user.role.words),
        "zone": _("time zone %(zone)s", zone=user.zone.key),
        "sight": _("sees their own conversations only") if user.own_only else _("sees all conversations"),
    }


def _named(user: User) -> dict[str, str]:
    return {"email": user.email, "role": user.role.words}
