"""Which role and companies a person has by what the identity provider says of them: rules, of which the first fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from inbox.accounts.roles import Role
from inbox.errors import Invalid
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import sso_roles as table

GIVEN = (Role.ORGANISATION_ADMIN, Role.COMPANY_ADMIN, Role.RECRUITER, Role.REPORTER)
MOST_RULES = 30
_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever has `value` in `claim` has the role, in these companies; without any in every one."""

    claim: str
    value: str
    role: Role
    company_ids: tuple[str, ...] = ()

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claim is this value, or a list with it."""
        said = claims.get(self.claim)
        return self.value in (list(map(_words, said)) if isinstance(said, list) else [_words(said)])


def checked(claim: str, value: str, role: str, company_ids: Sequence[str], known: Sequence[str]) -> Rule:
    """A rule as it was typed; `known` are the companies there are. Raises Invalid."""
    claim, value = claim.strip(), value.strip()
    if not claim or not value or max(len(claim), len(value)) > _MOST_CHARACTERS:
        raise Invalid({"rules": _("Each rule takes a claim and a value of at most %(most)s characters.", most=200)})
    if role not in {given.value for given in GIVEN} or not set(company_ids) <= set(known):
        raise Invalid({"rules": _("Choose a role and companies for each rule.")})
    return Rule(claim, value, Role(role), tuple(company_ids))


async def all_of(tenant: Tenant) -> list[Rule]:
    """The rules, in their order."""
    rows = await tenant.fetch_all(
        select(table).where(table.c.organisation_id == tenant.organisation_id).order_by(table.c.position)
    )
    return [Rule(row["claim"], row["value"], Role(row["role"]), tuple(row["company_ids"].split())) for row in rows]


async def keep(tenant: Tenant, rules: Sequence[Rule]) -> None:
    """These rules in place of those of before. In a transaction. Raises Invalid when they are too many."""
    if len(rules) > MOST_RULES:
        raise Invalid({"rules": _("At most %(most)s rules.", most=MOST_RULES)})
    await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id))
    for position, rule in enumerate(rules):
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                position=position,
                claim=rule.claim,
                value=rule.value,
                role=rule.role.value,
                company_ids=" ".join(rule.company_ids),
            )
        )


def _words(said: object) -> str | None:
    """A claim as a rule names it: text as it is, true and numbers as JSON writes them."""
    if isinstance(said, bool):
        return "true" if said else "false"
    return str(said) if isinstance(said, str | int) else None
