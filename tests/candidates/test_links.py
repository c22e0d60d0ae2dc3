"""Pages about candidates: which addresses are the same page, and whose it is."""

import pytest

from inbox.candidates import links, people, removing
from inbox.errors import Invalid
from tests.messaging.scene import Scene


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://www.linkedin.com/in/maya-chen/", "linkedin.com/in/maya-chen"),
        ("http://au.linkedin.com/in/maya-chen?trk=x&originalSubdomain=au#top", "linkedin.com/in/maya-chen"),
        ("https://m.example.co.uk/p?id=7&utm_source=a", "example.co.uk/p?id=7"),
        ("https://www.example.co.uk:8443/p?b=2&a=1", "example.co.uk/p?a=1&b=2"),
        ("https://me.com", "me.com"),
    ],
)
def test_an_address_is_read_as_its_page(address: str, link: str) -> None:
    assert links.as_stored(address) == link


@pytest.mark.parametrize(
    "address",
    [
        "",
        "maya",
        "ftp://example.com/x",
        "javascript:alert(1)",
        "https://localhost/x",
        "https://[",
        "https://e.com/\x00",
        "https://e.com/" + "x" * 300,
    ],
)
def test_what_is_no_page_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        links.as_stored(address)


@pytest.mark.anyio
async def test_a_page_is_about_one_candidate(scene: Scene) -> None:
    tenant = scene.tenant
    maya, tom = [await people.create(tenant, name=name) for name in ("Maya", "Tom")]
    assert await links.take(tenant, maya, "example.com/maya")
    assert await links.take(tenant, maya, "example.com/maya")
    assert not await links.take(tenant, tom, "example.com/maya")
    assert await links.of(tenant, [maya, tom]) == {maya: ["example.com/maya"]}
    await links.remove(tenant, tom, "example.com/maya")
    assert await links.holder(tenant, "example.com/maya") == maya
    await removing.remove(tenant, [maya])
    assert await links.take(tenant, tom, "example.com/maya")
