"""The table of roles and acts."""

import pytest

from inbox.accounts.roles import ALLOWED, Act, Role


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_every_act_is_decided_for_every_role(role: Role, act: Act) -> None:
    decided = {
        Role.ORGANISATION_ADMIN: set(Act),
        Role.COMPANY_ADMIN: set(Act)
        - {
            Act.BILLING,
            Act.MAILS,
            Act.COMPANIES,
            Act.DOCUMENTS,
            Act.WEBHOOKS,
            Act.EMBEDS,
            Act.HISTORY,
            Act.SIGN_IN,
        },
        Role.RECRUITER: {Act.THREAD, Act.READ, Act.REPLY, Act.ASSIGN, Act.SEND_CAMPAIGNS, Act.MANAGE_CANDIDATES},
        Role.REPORTER: {Act.THREAD, Act.READ, Act.EXPORT},
        Role.GUEST: {Act.THREAD, Act.READ},
    }
    assert (act in ALLOWED[role]) is (act in decided[role])


def test_the_table_has_exactly_the_roles_there_are() -> None:
    assert set(ALLOWED) == set(Role)


def test_roles_have_words_for_people() -> None:
    assert Role.ORGANISATION_ADMIN.words == "Organisation Admin"
    assert Role.GUEST.words == "Guest"
