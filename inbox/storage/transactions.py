"""Connections and transactions that never leave a pool with one connection less.

`databases` 0.9.0 loses the connection when BEGIN, COMMIT or ROLLBACK fails or is cancelled; here each of them
ends with the connection given back, or thrown away when nobody can tell what state it is in.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol, Self, cast

from databases import core
from databases.interfaces import TransactionBackend
from sqlalchemy.sql import ClauseElement

from inbox.errors import Unavailable
from inbox.storage.cancellation import finish
from inbox.storage.statements import bind, bind_each

_log = logging.getLogger(__name__)


class _Backend(Protocol):
    within: int | None

    def discard(self) -> None: ...


class Connection(core.Connection):
    """A task's hold on one connection of the pool, as long as somebody is inside it."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._connection_counter -= 1
        if self._connection_counter == 0:
            # First forget, then give back: an error between must not leave the task with a dead connection.
            self._database._connection_map.pop(self._database._current_task, None)
            await self._connection.release()

    @staticmethod
    def _build_query(query: ClauseElement | str, values: Mapping[str, Any] | None = None) -> Any:
        return bind(query, values)

    async def execute_many(self, query: ClauseElement | str, values: Sequence[Mapping[str, Any]]) -> None:
        async with self._query_lock:
            await self._connection.execute_many(cast(list[ClauseElement], bind_each(query, values)))

    def transaction(self, *, force_rollback: bool = False, **options: Any) -> "Transaction":
        return Transaction(lambda: self, force_rollback, **options)

    def discard(self) -> None:
        """Have the connection closed instead of given back; the server rolls back what was open."""
        cast(_Backend, self._connection).discard()

    def within(self, organisation_id: int | None) -> None:
        """Say whose the statements are that follow: one organisation's, or with None everybody's."""
        cast(_Backend, self._connection).within = organisation_id


class Transaction(core.Transaction):
    """`async with database.transaction()`; inside another one it is a savepoint. Use each object once."""

    _held: Connection | None = None
    _inner: TransactionBackend | None = None
    _is_used = False
    _has_lasted = False
    _turn: contextlib.AsyncExitStack
    task: asyncio.Task[Any]
    marks: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self._held is not None

    @property
    def database(self) -> core.Database | None:
        """The database it is open on; None before and after."""
        return None if self._held is None else self._held._database

    async def start(self) -> Self:
        """Begin, waiting for the one writer's turn on SQLite."""
        if self._is_used:
            raise RuntimeError("a transaction object is used once")
        self._is_used = True
        held = cast(Connection, self._connection_callable())
        async with contextlib.AsyncExitStack() as undo:
            if not held._transaction_stack:
                await undo.enter_async_context(held._database.write_turn())  # type: ignore[attr-defined]
            await undo.enter_async_context(held)
            inner = held._connection.transaction()
            try:
                await finish(inner.start(not held._transaction_stack, self._extra_options))
            except asyncio.CancelledError:
                await finish(_rollback(held, inner))
                raise
            except BaseException:
                held.discard()
                raise
            self._turn = undo.pop_all()
        self._held, self._inner = held, inner
        self.task = held._database._current_task
        if not held._transaction_stack:
            _root.set(self)
        held._transaction_stack.append(self)
        return self

    async def commit(self) -> None:
        """Make it last; when this raises, nothing lasts, unless the connection broke at this very moment."""
        await self._end(lasting=True)

    async def rollback(self) -> None:
        """Undo it; a connection on which that fails is closed, which undoes it as well."""
        await self._end(lasting=False)

    async def _end(self, *, lasting: bool) -> None:
        held, inner = self._held, self._inner
        if held is None or inner is None or held._transaction_stack[-1] is not self:
            raise RuntimeError("transactions end in the reverse order of their beginning")
        held._transaction_stack.pop()
        try:
            await finish(self._commit(held, inner) if lasting else _rollback(held, inner))
        finally:
            self._held = self._inner = None
            try:
                await self._turn.aclose()
            finally:
                if self._has_lasted and not held._transaction_stack:
                    held._database.committed(self.marks)  # type: ignore[attr-defined]

    async def _commit(self, held: Connection, inner: TransactionBackend) -> None:
        try:
            await inner.commit()
        except Unavailable:
            held.discard()
            raise
        self._has_lasted = True


async def _rollback(held: Connection, inner: TransactionBackend) -> None:
    try:
        await inner.rollback()
    except Exception as error:
        _log.info("a rollback failed, its connection is closed instead: %r", error)
        held.discard()


_root: ContextVar[Transaction | None] = ContextVar("inbox_root_transaction", default=None)


def refuse_child_tasks(database: core.Database) -> None:
    """Raise RuntimeError when this task was started inside a transaction that another task still has open.

    It would run beside that transaction, not in it, and could wait for it for ever.
    """
    root = _root.get()
    if root is not None and root.database is database and root.task is not asyncio.current_task():
        raise RuntimeError(
            "A task started inside a transaction cannot query the database before the transaction has ended."
        )
