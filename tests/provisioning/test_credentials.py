"""The account at Twilio: sealed at rest, found by an address that cannot be guessed."""

import pytest
from sqlalchemy import select, update

from inbox.errors import NotFound
from inbox.provisioning import credentials
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.vault import Vault, VaultError, new_key
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio


async def test_an_account_is_found_with_its_secret_by_id_by_address_and_as_the_first(scene: Scene) -> None:
    tenant, vault = scene.tenant, scene.vault
    for found in (
        await credentials.find(tenant, vault, scene.account.id),
        await credentials.first(tenant, vault),
        await credentials.by_channel_token(tenant.database, vault, scene.account.channel_token),
    ):
        assert found == scene.account
        assert found.auth_tokens == ("the token of Acme at Twilio",)
    assert "the token" not in repr(scene.account)


async def test_the_database_holds_no_readable_secret(scene: Scene) -> None:
    row = await scene.tenant.fetch_one(select(tables.provider_accounts))
    assert row is not None
    assert b"the token" not in row.auth_token
    with pytest.raises(VaultError):
        await credentials.first(scene.tenant, Vault([new_key()]))


async def test_a_secret_that_was_moved_to_another_row_does_not_open(scene: Scene, other: Scene) -> None:
    sealed = await scene.tenant.fetch_val(
        select(tables.provider_accounts.c.auth_token).where(tables.provider_accounts.c.id == scene.account.id)
    )
    await scene.tenant.execute(
        update(tables.provider_accounts)
        .where(tables.provider_accounts.c.id == other.account.id)
        .values(auth_token=sealed)
    )
    with pytest.raises(VaultError):
        await credentials.first(other.tenant, other.vault)


async def test_during_a_rotation_both_tokens_count(scene: Scene) -> None:
    sealed = scene.vault.seal("the one before", bound_to=f"provider_accounts.auth_token:{scene.account.id}")
    await scene.tenant.execute(update(tables.provider_accounts).values(previous_auth_token=sealed))
    rotating = await credentials.first(scene.tenant, scene.vault)
    assert rotating.auth_tokens == ("the token of Acme at Twilio", "the one before")


async def test_addresses_are_long_and_different(scene: Scene, other: Scene) -> None:
    tokens = {scene.account.channel_token, other.account.channel_token}
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)
    assert scene.account.message_path == f"/hooks/twilio/{scene.account.channel_token}/message"
    assert scene.account.status_path == f"/hooks/twilio/{scene.account.channel_token}/status"


async def test_what_is_not_there_or_another_organisations_is_not_found(scene: Scene, other: Scene) -> None:
    for unknown in (other.account.id, new_id()):
        with pytest.raises(NotFound):
            await credentials.find(scene.tenant, scene.vault, unknown)
    for token in ("", "guessed", scene.account.channel_token[:-1], scene.account.channel_token + "x"):
        with pytest.raises(NotFound):
            await credentials.by_channel_token(scene.tenant.database, scene.vault, token)
