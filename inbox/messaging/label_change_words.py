"""What a change of tags and lists has done, as a sentence."""

from inbox.languages import _, ngettext


def so_far(name: str, number: int, *, adds: bool) -> str:
    """While it goes on; `number` candidates were changed."""
    people = ngettext("%(num)s candidate", "%(num)s candidates", number)
    if adds:
        return _("Adding “%(name)s”: %(people)s so far…", name=name, people=people)
    return _("Removing “%(name)s”: %(people)s so far…", name=name, people=people)


def nothing(name: str, *, adds: bool) -> str:
    """When nobody had to be changed."""
    if adds:
        return _("Nothing changed: all of them have “%(name)s”.", name=name)
    return _("Nothing changed: none of them has “%(name)s”.", name=name)


def of_list(name: str, number: int, *, adds: bool) -> str:
    """When candidates were put on a list, or taken off it."""
    if adds:
        return ngettext(
            "%(num)s candidate added to the list “%(name)s”.",
            "%(num)s candidates added to the list “%(name)s”.",
            number,
            name=name,
        )
    return ngettext(
        "%(num)s candidate taken off the list “%(name)s”.",
        "%(num)s candidates taken off the list “%(name)s”.",
        number,
        name=name,
    )


def of_tag(name: str, number: int, *, adds: bool) -> str:
    """When candidates were given a tag, or lost it."""
    if adds:
        return ngettext(
            "The tag “%(name)s” was added to %(num)s candidate.",
            "The tag “%(name)s” was added to %(num)s candidates.",
            number,
            name=name,
        )
    return ngettext(
        "The tag “%(name)s” was taken from %(num)s candidate.",
        "The tag “%(name)s” was taken from %(num)s candidates.",
        number,
        name=name,
    )
