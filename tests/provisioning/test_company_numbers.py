"""The numbers a company texts from."""

import pytest

from inbox.errors import NotFound
from inbox.provisioning import company_numbers
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio

BOUGHT = "+61491570007"


async def test_a_number_is_added_once(scene: Scene) -> None:
    again = await company_numbers.add(
        scene.tenant,
        company_id=scene.company.id,
        provider_account_id=scene.account.id,
        number=scene.number.number,
        purpose="chatbot",
    )
    assert again == scene.number
    assert await company_numbers.all_of(scene.tenant) == [scene.number]


async def test_the_first_number_of_a_purpose_is_the_oldest(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await company_numbers.first(scene.tenant, "chatbot")
    bot = await company_numbers.add(
        scene.tenant,
        company_id=scene.company.id,
        provider_account_id=scene.account.id,
        number=BOUGHT,
        purpose="chatbot",
    )
    assert await company_numbers.first(scene.tenant) == scene.number
    assert await company_numbers.first(scene.tenant, "chatbot") == bot


async def test_a_number_bought_a_moment_ago_is_adopted_by_the_first_text_to_it(scene: Scene) -> None:
    adopted = await company_numbers.receiving(scene.tenant, scene.account.id, BOUGHT)
    assert (adopted.number, adopted.company_id, adopted.purpose) == (BOUGHT, scene.company.id, "messaging")
    assert await company_numbers.receiving(scene.tenant, scene.account.id, BOUGHT) == adopted
    assert await company_numbers.first(scene.tenant) == scene.number


async def test_two_organisations_may_each_have_the_same_number_and_see_only_their_own(
    scene: Scene, other: Scene
) -> None:
    assert scene.number.number == other.number.number
    assert await company_numbers.by_number(scene.tenant, scene.number.number) == scene.number
    assert await company_numbers.all_of(other.tenant) == [other.number]
    with pytest.raises(NotFound):
        await company_numbers.find(scene.tenant, other.number.id)
