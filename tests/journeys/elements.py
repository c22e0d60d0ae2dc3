"""HTML as a browser would hold it: pages, fragments and frames, to be asked for ids, classes and words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


@dataclass(eq=False)
class Element:
    """A tag with its attributes and what stands in it; of an attribute without a value the value is ""."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """Every element below this one, in the order of the text; what a template holds is not shown yet."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                if child.tag != "template":
                    yield from child

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def words(self) -> str:
        """What a person reads here, with single blanks."""
        return " ".join(self.raw.split())

    @property
    def raw(self) -> str:
        """The text as it stands."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def has(self, name: str) -> bool:
        """Whether it carries this class."""
        return name in self.attributes.get("class", "").split()

    def all(self, name: str) -> list["Element"]:
        """Everything below with this class."""
        return [element for element in self if element.has(name)]

    def first(self, name: str) -> "Element | None":
        """The first below with this class."""
        return next(iter(self.all(name)), None)

    def by_id(self, wanted: str) -> "Element | None":
        """What carries this id."""
        return next((element for element in self if element.id == wanted), None)


def parse(text: str) -> Element:
    """The elements of a page or a fragment below a nameless root."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            added = self._open[-1].children[-1]
            assert isinstance(added, Element)
            self._open.append(added)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
