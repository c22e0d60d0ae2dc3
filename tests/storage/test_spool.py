"""The spool: what it took survives, in order, sealed; what it cannot take it says."""

import asyncio
import os
import stat
import time
from pathlib import Path

import pytest

from inbox import clock
from inbox.storage.spool import DamagedEntry, Spool, SpoolError
from inbox.storage.vault import Vault, new_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def spool(tmp_path: Path, vault: Vault, anyio_backend: str) -> Spool:
    """An empty spool in a folder that is there."""
    made = Spool(tmp_path / "spool", vault)
    await made.probe()
    return made


async def contents(spool: Spool) -> list[str]:
    return [(await spool.read(name)).content for name in await spool.names()]


async def test_what_was_kept_is_there_in_order_after_a_restart(tmp_path: Path, vault: Vault) -> None:
    first, second = Spool(tmp_path / "spool", vault), Spool(tmp_path / "spool", vault)
    await first.probe()
    for number in range(10):
        await (first, second)[number % 2].keep(f"text {number}", arrived_at=clock.now(), is_verified=number % 3 > 0)

    again = Spool(tmp_path / "spool", vault)
    await again.probe()

    assert await contents(again) == [f"text {number}" for number in range(10)]
    now = clock.now()
    ages = [(now - (await again.read(name)).arrived_at).total_seconds() for name in await again.names()]
    assert ages == sorted(ages, reverse=True)
    assert 0 <= ages[-1] <= ages[0] < 60


async def test_many_at_once_are_all_kept(spool: Spool) -> None:
    await asyncio.gather(
        *(spool.keep(f"text {number}", arrived_at=clock.now(), is_verified=True) for number in range(200))
    )
    assert sorted(await contents(spool)) == sorted(f"text {number}" for number in range(200))


async def test_nobody_else_can_read_it(spool: Spool, tmp_path: Path) -> None:
    await spool.keep("A secret of Maya's", arrived_at=clock.now(), is_verified=True)
    (name,) = await spool.names()
    file = tmp_path / "spool" / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert b"Maya" not in file.read_bytes()


async def test_a_file_is_on_the_disk_before_its_name_and_both_before_it_counts_as_kept(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def renamed(path: Path, target: Path) -> Path:
        done.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    await spool.keep("text", arrived_at=clock.now(), is_verified=True)
    assert done == ["file", "name", "folder"]


@pytest.mark.parametrize("harm", ["cut short", "changed", "another name", "another key", "empty"])
async def test_a_file_that_was_harmed_is_damaged_and_can_be_set_aside(
    spool: Spool, tmp_path: Path, vault: Vault, harm: str
) -> None:
    await spool.keep("first", arrived_at=clock.now(), is_verified=True)
    await spool.keep("second", arrived_at=clock.now(), is_verified=True)
    name = (await spool.names())[0]
    file = tmp_path / "spool" / name
    sealed = file.read_bytes()
    match harm:
        case "cut short":
            file.write_bytes(sealed[:-10])
        case "changed":
            file.write_bytes(sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:])
        case "another name":
            file = file.rename(file.with_name(f"0{name[1:]}".replace("-", "-0")))
        case "another key":
            file.write_bytes(Vault([new_key()]).seal("first", bound_to=name))
        case "empty":
            file.write_bytes(b"")
    with pytest.raises(DamagedEntry):
        await spool.read(file.name)
    await spool.set_aside(file.name)
    assert await contents(spool) == ["second"]
    assert (tmp_path / "spool" / "damaged" / file.name).exists()
    fresh = Spool(tmp_path / "spool", vault)
    assert ((await fresh.state()).entries, (await fresh.state()).damaged) == (1, 1)


async def test_what_was_set_aside_goes_for_good_after_a_month(spool: Spool, tmp_path: Path) -> None:
    for place in range(2):
        await spool.keep(f"Text {place}", arrived_at=clock.now(), is_verified=True)
    old, new = await spool.names()
    for name in (old, new):
        await spool.set_aside(name)
    file = tmp_path / "spool" / "damaged" / old
    a_month_ago = time.time() - 31 * 86_400
    os.utime(file, (a_month_ago, a_month_ago))
    assert await spool.prune() == 1
    assert os.listdir(file.parent) == [new]


async def test_a_folder_that_cannot_be_made_or_written_is_said(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "file").write_text("no folder")
    spool = Spool(tmp_path / "file" / "spool", vault)
    with pytest.raises(SpoolError, match="cannot be written to"):
        await spool.probe()
    with pytest.raises(SpoolError, match="cannot be written to"):
        await spool.keep("text", arrived_at=clock.now(), is_verified=True)
    assert await spool.names() == []
    assert (await spool.state()).entries == 0
    with spool.turn() as is_mine:
        assert not is_mine


async def test_a_full_spool_takes_nothing_more_until_it_is_drained(tmp_path: Path, vault: Vault) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, vault, most_bytes=2000, most_unverified_bytes=500)
    await spool.probe()
    strangers = await asyncio.gather(
        *(spool.keep("stranger", arrived_at=clock.now(), is_verified=False) for _ in range(20)), return_exceptions=True
    )
    known = await asyncio.gather(
        *(spool.keep("known", arrived_at=clock.now(), is_verified=True) for _ in range(20)), return_exceptions=True
    )
    assert {type(answer) for answer in (*strangers, *known)} == {type(None), SpoolError}
    assert len(await contents(spool)) == strangers.count(None) + known.count(None)
    assert 1 <= strangers.count(None) < known.count(None)
    assert 1000 < (await Spool(folder, vault).state()).bytes <= 2000
    for name in await spool.names():
        await spool.remove(name)
    again = Spool(folder, vault, most_bytes=2000, most_unverified_bytes=500)
    await again.keep("there is room", arrived_at=clock.now(), is_verified=True)
    assert await contents(again) == ["there is room"]


async def test_one_drainer_has_the_turn_at_a_time(tmp_path: Path, vault: Vault) -> None:
    first, second = Spool(tmp_path / "spool", vault), Spool(tmp_path / "spool", vault)
    await first.probe()
    with first.turn() as is_first, second.turn() as is_second:
        assert (is_first, is_second) == (True, False)
    with second.turn() as is_second:
        assert is_second


async def test_what_a_dead_process_left_half_written_is_no_entry_and_goes(tmp_path: Path, vault: Vault) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, vault)
    await spool.probe()
    old, fresh = folder / ".1-a.call.part", folder / ".2-b.call.part"
    for part in (old, fresh):
        part.write_bytes(b"half")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    (folder / "notes.txt").write_text("somebody else's")
    assert await spool.names() == []
    await spool.probe()
    assert (old.exists(), fresh.exists()) == (False, True)


async def test_the_age_of_the_oldest_is_told(spool: Spool, tmp_path: Path, vault: Vault) -> None:
    await spool.keep("text", arrived_at=clock.now(), is_verified=True)
    (name,) = await spool.names()
    file = tmp_path / "spool" / name
    an_hour_ago = int(name.partition("-")[0]) - 3600 * 10**6
    file.rename(file.with_name(f"{an_hour_ago:020d}-0.call"))
    assert 3600 <= (await Spool(tmp_path / "spool", vault).state()).oldest_seconds < 3700
