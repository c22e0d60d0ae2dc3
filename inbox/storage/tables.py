"""Every table on one page.

Each row belongs to an organisation, in its key and its foreign keys, so that no join crosses organisations.
Defaults are the database's own (`server_default`): a Python default is never applied through `databases`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    text,
    true,
)
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage import append_only, search_index
from inbox.storage.columns import Id, Utc, db_now

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only counts up by itself on a column declared exactly INTEGER PRIMARY KEY.
_Serial = BigInteger().with_variant(Integer, "sqlite")


def _organisation() -> Column[int]:
    return Column("organisation_id", _Serial, ForeignKey("organisations.id"), nullable=False)


def _now(name: str) -> Column[object]:
    return Column(name, Utc, nullable=False, server_default=db_now())


def _within(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"])


organisations = Table(
    "organisations",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("opt_out_scope", String(12), nullable=False, server_default="company"),  # or "organisation", see opt_outs.py
    # How its people read who have chosen nothing else, see accounts/reading.py.
    Column("language", String(8), nullable=False, server_default="en"),
    Column("dates", String(12), nullable=False, server_default="words"),
    Column("hours", SmallInteger, nullable=False, server_default="24"),
    Column("needs_second_factor", Boolean, nullable=False, server_default=false()),  # of each of its people
    _now("created_at"),
)

companies = Table(
    "companies",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("claims_on_reply", Boolean, nullable=False, server_default=true()),
    # Each day's from Monday on, see accounts/working_hours.py.
    Column(
        "working_hours",
        Text,
        nullable=False,
        server_default="09:00-17:00,09:00-17:00,09:00-17:00,09:00-17:00,09:00-17:00,,",
    ),
    Column("escalates_to", String(8)),  # of a wait that is too long: "owner", "shared", "managers"; None: nobody
    Column("escalates_after", Integer),  # working hours
    Column("escalates_from", Utc),  # only waits that began later
    Column("needs_consent", Boolean, nullable=False, server_default=false()),  # before the first text to a number
    Column("texting_hours", String(16)),  # "country", or "08:00-21:00" by the candidate's clock; None: at any time
    Column("daily_cap", Integer),  # texts to one candidate in 24 hours, of everybody; None: any number
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

users = Table(
    "users",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("email", Text, nullable=False, unique=True),  # lower case; one sign-in name in the whole installation
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("own_only", Boolean, nullable=False, server_default=false()),  # sees only what was given to them
    Column("password_hash", Text, nullable=False),
    Column("time_zone", Text),  # None: the organisation's, as with the next three
    Column("language", String(8)),
    Column("dates", String(12)),
    Column("hours", SmallInteger),
    Column("deactivated_at", Utc),
    Column("invited_at", Utc),  # when a mail last asked to choose a first password; None: there is one
    Column("mails", Boolean, nullable=False, server_default=false()),  # whether unread notifications are mailed
    Column("mobile", Text),  # their own phone, E.164, to which they send tests
    Column("guest_of", Id),  # the one conversation that a guest may see; no key: a guest sees nothing without it
    Column("expires_at", Utc),  # of a guest; None: never
    Column("every_company", Boolean, nullable=False, server_default=true()),  # False: those of company_members
    Column("external_id", Text),  # as another system's directory knows them
    Column("second_factor_at", Utc),  # since when a code is asked for beside the password; None: it is not
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# In which companies a user works who does not in every one.
company_members = Table(
    "company_members",
    metadata,
    _organisation(),
    Column("user_id", Id, nullable=False),
    Column("company_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id", "company_id"),
    _within("users", "user_id"),
    _within("companies", "company_id"),
)

sessions = Table(
    "sessions",
    metadata,
    _organisation(),
    Column("id_hash", String(64), primary_key=True),  # SHA-256 of the cookie's value
    Column("user_id", Id, nullable=False),
    Column("user_agent", Text, nullable=False, server_default=""),
    _now("created_at"),
    _now("last_seen_at"),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("company_id", Id),  # that was chosen last; no key: it decides nothing that is not asked again
    Column(
        "is_proven", Boolean, nullable=False, server_default=false()
    ),  # a second factor was shown, here or elsewhere
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# Of links by which a password is chosen; each goes when it is used.
password_links = Table(
    "password_links",
    metadata,
    _organisation(),
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Id, nullable=False),
    Column("expires_at", Utc, nullable=False),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# Apps that make codes, see accounts/second_factors.py; it counts once users.second_factor_at is set.
second_factors = Table(
    "second_factors",
    metadata,
    _organisation(),
    Column("user_id", Id, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("last_step", BigInteger, nullable=False, server_default="0"),  # of the newest code that was used
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "user_id"),
    _within("users", "user_id"),
)

# Those that are left; each goes when it is used.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    _organisation(),
    Column("user_id", Id, nullable=False),
    Column("code_hash", String(64), nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id", "code_hash"),
    _within("users", "user_id"),
)

# Sign-ins whose password was right and that wait for a code.
second_steps = Table(
    "second_steps",
    metadata,
    _organisation(),
    Column("cookie_hash", String(64), primary_key=True),  # SHA-256 of the cookie's value
    Column("user_id", Id, nullable=False),
    Column("onward", Text, nullable=False),  # where it leads
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", Utc, nullable=False),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# An organisation's own identity provider, see accounts/sso_connections.py.
sso_connections = Table(
    "sso_connections",
    metadata,
    _organisation(),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("client_secret", LargeBinary, nullable=False),  # sealed
    Column("creates_people", Boolean, nullable=False),  # at their first sign-in
    Column("default_role", Text, nullable=False),  # of whom no rule of sso_roles is about; "": they are not let in
    Column("trusts_second_factor", Boolean, nullable=False),  # no code of ours is asked for
    Column("keeper_id", Id),  # who alone of its domains keeps the password; None: everybody does
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id"),
    _within("users", "keeper_id"),
)

# The e-mail domains whose people it vouches for.
sso_domains = Table(
    "sso_domains",
    metadata,
    _organisation(),
    Column("domain", Text, primary_key=True),  # lower case; of one organisation in the whole installation
    Index(None, "organisation_id"),
)

# What becomes of a claim; the first that fits decides.
sso_roles = Table(
    "sso_roles",
    metadata,
    _organisation(),
    Column("position", Integer, nullable=False),
    Column("claim", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("company_ids", Text, nullable=False),  # with blanks between; "": every company
    PrimaryKeyConstraint("organisation_id", "position"),
)

# Who is who there.
sso_identities = Table(
    "sso_identities",
    metadata,
    _organisation(),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),  # as the provider knows the person
    Column("user_id", Id, nullable=False),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "issuer", "subject"),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# Browsers that were sent there and are awaited.
sso_visits = Table(
    "sso_visits",
    metadata,
    _organisation(),
    Column("state_hash", String(64), primary_key=True),
    Column("browser_hash", String(64), nullable=False),  # of the cookie of the browser that was sent
    Column("issuer", Text, nullable=False),
    Column("onward", Text, nullable=False),  # where it leads
    Column("expires_at", Utc, nullable=False),
)

# What was or is to be sent, see storage/mails.py.
mails = Table(
    "mails",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("email", Text, nullable=False),
    Column("kind", String(12), nullable=False),  # "notice", "invitation" or "reset"
    Column("subject", Text, nullable=False),
    Column("paragraphs", Text, nullable=False),  # JSON
    Column("path", Text, nullable=False),  # of the page that it leads to
    Column("link_words", Text, nullable=False),
    Column("state", String(8), nullable=False, server_default="queued"),  # or "sent", "failed"
    Column("reason", Text, nullable=False, server_default=""),
    _now("at"),
    Column("sent_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
    Index("ix_mails_at", "at"),
)

# Keys of programs that act in somebody's name, see api_tokens.py.
api_tokens = Table(
    "api_tokens",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of the token
    Column("scopes", Text, nullable=False),  # with blanks between
    Column("expires_at", Utc),  # None: never
    Column("last_used_at", Utc),
    Column("revoked_at", Utc),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# Browsers with a Sourcing Companion, from the code that connects one on, see companions.py.
companions = Table(
    "companions",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False, server_default=""),  # "Chrome on macOS"
    Column("code_hash", String(64), unique=True),  # of the code that connects it; None: it was used
    Column("access_hash", String(64), unique=True),  # of the token for the next minutes
    Column("access_expires_at", Utc),
    Column("refresh_hash", String(64), unique=True),  # of the token that gets the next ones
    Column("spent_hash", String(64), unique=True),  # of the one before
    Column("is_used", Boolean, nullable=False, server_default=false()),  # whether the newest tokens have arrived
    Column("expires_at", Utc, nullable=False),  # of the code, then of the refresh token
    Column("connected_at", Utc),
    Column("last_used_at", Utc),
    Column("revoked_at", Utc),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id"),
)

# Pages of other systems that may show a thread, as browsers write their origins, see embeds/.
embed_origins = Table(
    "embed_origins",
    metadata,
    _organisation(),
    Column("origin", String(300), nullable=False),  # "https://ats.example.com"
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "origin"),
)

# What other systems sign their tokens with.
embed_keys = Table(
    "embed_keys",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False, unique=True),  # the token names it, and so the organisation
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("last_used_at", Utc),
    Column("revoked_at", Utc),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# Widgets that are open, and each token that was given for one, so that it is good once.
embed_sessions = Table(
    "embed_sessions",
    metadata,
    _organisation(),
    Column("id_hash", String(64), nullable=False, unique=True),
    Column("key_id", Id, nullable=False),
    Column("token_hash", String(64), nullable=False),  # of the token's own id
    Column("user_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("company_id", Id),  # whose conversation it is
    Column("conversation_id", Id),  # the one that is shown; None: there is none yet
    Column("expires_at", Utc, nullable=False),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id_hash"),
    _within("embed_keys", "key_id"),
    _within("users", "user_id"),
    UniqueConstraint("organisation_id", "key_id", "token_hash", name="uq_embed_sessions_token"),
    Index(None, "expires_at"),
    Index(None, "organisation_id", "candidate_id"),
)

# What a write of a program's was answered with, committed together with it, so that a repeated one is told the same.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _organisation(),
    Column("caller", Id, nullable=False),  # of the token or the companion
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of what was asked
    Column("status", SmallInteger),  # None: only within its transaction
    Column("answer", Text),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "caller", "key"),
    Index(None, "at"),
)

# Who is guessing passwords is known before any organisation is, so this one table belongs to none.
login_failures = Table(
    "login_failures",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("subject", String(80), nullable=False),  # "email:<keyed hash>", alone or with an address, or "address:<ip>"
    _now("at"),
    Index(None, "subject", "at"),
)

provider_accounts = Table(
    "provider_accounts",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("provider", Text, nullable=False, server_default="twilio"),
    Column("account_sid", Text, nullable=False),
    Column("auth_token", LargeBinary, nullable=False),  # sealed by the vault
    Column("previous_auth_token", LargeBinary),  # still verifies webhooks during a rotation
    Column("channel_token", String(64), nullable=False, unique=True),  # the unguessable part of the webhook address
    Column("synchronize_from", Utc),  # texts sent before are none of ours
    Column("synchronized_to", Utc),  # every text that came in before is here
    Column("asked_reason", String(12)),  # why to synchronize next, see synchronizations; None: it is just time
    Column("swept_at", Utc),  # when the provider's list of the last days was last read to its end
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# What the provider's own list had that its webhooks had not brought.
synchronizations = Table(
    "synchronizations",
    metadata,
    _organisation(),
    Column("id", _Serial, primary_key=True),
    Column("provider_account_id", Id, nullable=False),
    Column("reason", String(12), nullable=False),  # "start", "schedule", "outage", "sweep" or "asked"
    _now("started_at"),
    Column("finished_at", Utc),
    Column("listed", Integer, nullable=False, server_default="0"),  # messages that the provider showed
    Column("texts", Integer, nullable=False, server_default="0"),  # of them stored now
    Column("statuses", Integer, nullable=False, server_default="0"),  # of texts of ours that stand further now
    Column("error", Text),  # why it did not get to its end, as a sentence
    _within("provider_accounts", "provider_account_id"),
    Index(None, "organisation_id", "provider_account_id", "id"),
)

company_numbers = Table(
    "company_numbers",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("company_id", Id, nullable=False),
    Column("provider_account_id", Id, nullable=False),
    Column("number", String(20), nullable=False),  # E.164
    Column("purpose", String(16), nullable=False, server_default="messaging"),  # or "chatbot", "own", "former"
    Column("user_id", Id),  # whose own number it is; no key: who leaves leaves it behind as a former one
    Column("segments_per_second", Integer, nullable=False, server_default="1"),  # that the networks take from it
    Column("busy_until", Utc),  # when all that was handed over will have been sent at this rate
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "number"),
    _within("companies", "company_id"),
    _within("provider_accounts", "provider_account_id"),
)

# What was brought of a country's checklist, see checklists.py.
provisioning_items = Table(
    "provisioning_items",
    metadata,
    _organisation(),
    Column("country", String(2), nullable=False),  # ISO 3166, lower case
    Column("item", String(16), nullable=False),
    Column("state", String(8), nullable=False),  # "saved", "sent", "problem" or "done"
    Column("facts", Text, nullable=False),  # JSON
    Column("note", Text, nullable=False, server_default=""),
    Column("changed_by", Text, nullable=False),
    _now("changed_at"),
    PrimaryKeyConstraint("organisation_id", "country", "item"),
)

# Files that prove something to the provider, see provisioning/documents.py.
provisioning_documents = Table(
    "provisioning_documents",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("country", String(2), nullable=False),
    Column("item", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),  # in bytes, as it was brought
    Column("content", LargeBinary, nullable=False),  # sealed by the vault
    Column("added_by", Text, nullable=False),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index(None, "organisation_id", "country", "item"),
)

# What was sent to the provider for a country, see provisioning/reviews.py.
provisioning_reviews = Table(
    "provisioning_reviews",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("country", String(2), nullable=False),
    Column("kind", String(8), nullable=False),  # a `reviews.Kind`
    Column("state", String(8), nullable=False),  # "sending", "sent", "approved" or "rejected"
    Column("provider_sid", String(64)),
    Column("service_sid", String(64)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("asked_by_id", Id, nullable=False),
    _now("asked_at"),
    Column("looked_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "country", "kind"),
    _within("users", "asked_by_id"),
)

candidates = Table(
    "candidates",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("name", Text),  # None: known by number only
    Column("email", Text),
    Column("stage", Text),
    Column("job", Text),
    Column("city", Text),
    Column("consent", Text),  # who agreed to texts, when and where, in words
    Column("owner_id", Id),
    Column("sort_name", Text, nullable=False),  # lower-case name, or the number: the order of the candidate list
    Column("hold", Text),  # why nothing of theirs may be removed; None: it may
    Column("erased_at", Utc),  # when everything personal was removed
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "owner_id"),
    Index(None, "organisation_id", "sort_name", "id"),
    Index(None, "organisation_id", "owner_id", "sort_name", "id"),
    Index(None, "organisation_id", "stage", "sort_name", "id"),
    Index(None, "organisation_id", "job"),
)

# PostgreSQL takes no order from an index behind "is null", so those whom nobody owns need one of their own.
_UNOWNED = candidates.c.owner_id.is_(None)
Index(
    "ix_candidates_unowned",
    *(candidates.c[column] for column in ("organisation_id", "sort_name", "id")),
    postgresql_where=_UNOWNED,
    sqlite_where=_UNOWNED,
)

candidate_numbers = Table(
    "candidate_numbers",
    metadata,
    _organisation(),
    Column("number", String(64), nullable=False),  # E.164, or whatever sender the network showed
    Column("candidate_id", Id, nullable=False),
    Column("is_first", Boolean, nullable=False, server_default=true()),  # False: somebody else's as well, and before
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "number", "candidate_id"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "candidate_id"),
)

# One first holder a number: where two texts of an unknown one meet.
Index(
    "ix_candidate_numbers_first",
    candidate_numbers.c.organisation_id,
    candidate_numbers.c.number,
    unique=True,
    postgresql_where=text("is_first"),
    sqlite_where=text("is_first"),
)

# Pages about a candidate elsewhere, such as a public profile; in one organisation each is about one of them.
candidate_links = Table(
    "candidate_links",
    metadata,
    _organisation(),
    Column("link", String(300), nullable=False),  # as links.py writes it: "example.com/in/maya-chen"
    Column("candidate_id", Id, nullable=False),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "link"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "candidate_id"),
)

# Numbers that take no texts, see candidates/dead_numbers.py.
dead_numbers = Table(
    "dead_numbers",
    metadata,
    _organisation(),
    Column("number", String(64), nullable=False),
    Column("reason", String(8), nullable=False),  # "landline" or "gone"
    Column("code", Integer),  # the provider's
    Column("author", Text, nullable=False),  # who marked it
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "number"),
)

# Who agreed to texts to a number, and who took it back; rows are only ever added, see candidates/consents.py.
consents = Table(
    "consents",
    metadata,
    _organisation(),
    Column("id", _Serial, primary_key=True),
    Column("number", String(64), nullable=False),  # no key: what was agreed stays when its candidate is gone
    Column("given", Boolean, nullable=False),  # False: taken back
    Column("source", String(8), nullable=False),  # "profile", "import", "text", "review" or "record"
    Column("words", Text, nullable=False),  # exactly as they were said or written
    Column("author", Text, nullable=False, server_default=""),  # who wrote it down; "": the candidate's own text
    _now("at"),
    Index(None, "organisation_id", "number", "id"),
    Index("ix_consents_log", "organisation_id", "id"),
)

# Where the ids of candidates lead who were merged into another one.
merged_candidates = Table(
    "merged_candidates",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),  # of the candidate who is gone
    Column("candidate_id", Id, nullable=False),  # of the one who has all that they had
    Column("user_id", Id, nullable=False),  # who merged them
    Column("facts", Text, nullable=False),  # JSON: the profile that is gone
    Column("moved", Text, nullable=False, server_default=""),  # JSON, for a month: what undoes it, see merge_records.py
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("candidates", "candidate_id"),
    _within("users", "user_id"),
    Index(None, "organisation_id", "candidate_id"),
)

# What a search looks at, one row a candidate, see search_documents.py.
candidate_documents = Table(
    "candidate_documents",
    metadata,
    _organisation(),
    Column("id", _Serial, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("sort_name", Text, nullable=False),  # the candidate's, so that what is found is sorted without a join
    Column("words", Text, nullable=False),
    Column("marks", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("organisation_id", "candidate_id"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "sort_name", "candidate_id"),
)
search_index.create_with(candidate_documents, ("words", "marks"))

candidate_imports = Table(
    "candidate_imports",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("headings", Text, nullable=False),  # JSON: the first line of the file
    Column("columns", Text, nullable=False),  # JSON: the fact that each column holds, "" for none
    Column("known", String(8), nullable=False, server_default="leave"),  # or "fill"
    Column("state", String(8), nullable=False, server_default="checked"),  # see imports.py
    _now("changed_at"),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
)

candidate_import_rows = Table(
    "candidate_import_rows",
    metadata,
    _organisation(),
    Column("import_id", Id, nullable=False),
    Column("line", Integer, nullable=False),  # of the file, from 1
    Column("cells", Text, nullable=False),  # JSON
    Column("profile", Text),  # JSON; None: the row is wrong
    Column("sentence", Text),  # what is wrong
    Column("outcome", String(8), nullable=False),  # see imported_rows.py
    Column("candidate_id", Id),  # no key: an undone import leaves a candidate that is gone
    Column("filled", Text, nullable=False, server_default=""),  # the facts it brought, with commas
    PrimaryKeyConstraint("organisation_id", "import_id", "line"),
    _within("candidate_imports", "import_id"),
    Index(None, "organisation_id", "import_id", "outcome", "line"),
)

# Conversations of before: read from the provider's list, or from a file.
history_imports = Table(
    "history_imports",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("kind", String(6), nullable=False),  # "twilio" or "file"
    Column("company_number_id", Id),  # whose list is read; None: a file, whose rows name theirs
    Column("since", Utc),  # of the list: texts of [since, until)
    Column("until", Utc),
    Column("way", String(3), nullable=False, server_default="in"),  # which list is being read: "in", then "out"
    Column("reached", Utc),  # how far back that list has been read; None: not begun
    Column("file_name", Text, nullable=False, server_default=""),
    Column("headings", Text, nullable=False, server_default="[]"),  # JSON: the first line of the file
    Column("state", String(8), nullable=False),  # see history_imports.py
    Column("listed", Integer, nullable=False, server_default="0"),  # texts that were looked at
    Column("stored", Integer, nullable=False, server_default="0"),
    Column("known", Integer, nullable=False, server_default="0"),  # of them here before
    Column("refused", Text, nullable=False, server_default="{}"),  # JSON: how many for which reason
    Column("error", Text),  # why it does not go on at this moment, as a sentence
    _now("created_at"),
    Column("ended_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
    _within("company_numbers", "company_number_id"),
)

history_import_rows = Table(
    "history_import_rows",
    metadata,
    _organisation(),
    Column("import_id", Id, nullable=False),
    Column("line", Integer, nullable=False),  # of the file, from 1
    Column("cells", Text, nullable=False),  # JSON; "[]" once it was reached, as the text is a message then
    Column("sentence", Text),  # what is wrong
    Column("outcome", String(8), nullable=False),  # see history_rows.py
    Column("message_id", Id),  # what it was stored as; no key: it may be gone
    Column("name_mark", String(16)),  # tells whether the candidate is still called as the row said, and no more
    Column("company_number_id", Id),  # the number of ours; no key: it is looked for again
    Column("number", String(64)),  # the candidate's
    Column("at", Utc),  # when it was written
    PrimaryKeyConstraint("organisation_id", "import_id", "line"),
    _within("history_imports", "import_id"),
    Index("ix_history_import_rows_next", "organisation_id", "import_id", "outcome", "at", "line"),
)

# What recruiters sort candidates by: tags, and lists that are kept by hand.
labels = Table(
    "labels",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("kind", String(4), nullable=False),  # "tag" or "list"
    Column("name", Text, nullable=False),
    Column("sort_name", Text, nullable=False),  # lower case
    Column("size", Integer, nullable=False, server_default="0"),  # how many candidates have it
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "kind", "sort_name"),
)

label_members = Table(
    "label_members",
    metadata,
    _organisation(),
    Column("label_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("sort_name", Text, nullable=False),  # the candidate's, so that members are read in their order
    _now("added_at"),
    PrimaryKeyConstraint("organisation_id", "label_id", "candidate_id"),
    _within("labels", "label_id"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "candidate_id"),
    Index("ix_label_members_by_name", "organisation_id", "label_id", "sort_name", "candidate_id"),
)

# A label that many candidates got or lost at once, for Undo; forgotten after a few days.
label_changes = Table(
    "label_changes",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("label_id", Id, nullable=False),
    Column("actor_id", Id, nullable=False),
    Column("act", String(6), nullable=False),  # "add", "remove" or "merge"
    Column("asked", Text, nullable=False),  # the filter of the list whose candidates are meant, as a query string
    Column("place", Text),  # the candidate of that list up to whom it is done; None: not begun
    Column("number", Integer, nullable=False, server_default="0"),  # candidates that were changed
    Column("state", String(8), nullable=False),  # "running", "done", "undoing" or "undone"
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("labels", "label_id"),
    _within("users", "actor_id"),
)

label_change_members = Table(
    "label_change_members",
    metadata,
    _organisation(),
    Column("change_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation_id", "change_id", "candidate_id"),
    _within("label_changes", "change_id"),
    _within("candidates", "candidate_id"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    _organisation(),
    Column("company_number_id", Id, nullable=False),
    Column("number", String(64), nullable=False),
    Column("keyword", Text, nullable=False),  # what was texted, or the provider's code
    Column("presumed", Boolean, nullable=False, server_default=false()),  # said in other words; nobody has decided yet
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "company_number_id", "number"),
    _within("company_numbers", "company_number_id"),
)
Index(
    "ix_opt_outs_presumed",
    opt_outs.c.organisation_id,
    opt_outs.c.at,
    postgresql_where=opt_outs.c.presumed,
    sqlite_where=opt_outs.c.presumed,
)

conversations = Table(
    "conversations",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("company_id", Id, nullable=False),
    Column("company_number_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("candidate_number", String(64), nullable=False),
    Column("sharers", SmallInteger, nullable=False, server_default="1"),  # candidates who have this number
    Column("undecided", Boolean, nullable=False, server_default=false()),  # whose of them it is nobody has said
    Column("assignee_id", Id),
    Column("version", Integer, nullable=False, server_default="0"),  # counts assignments, closings and reopenings
    Column("closed_at", Utc),  # None: open
    Column("closed_by_id", Id),  # who closed it
    Column("snoozed_until", Utc),  # open, but in no open list until then or until the candidate writes
    Column("unread", Integer, nullable=False, server_default="0"),  # inbound messages nobody has read
    Column(
        "failed", Integer, nullable=False, server_default="0"
    ),  # outbound messages that wait for a person's decision
    Column("unconfirmed", Integer, nullable=False, server_default="0"),  # of them, those that may have been sent
    Column("scheduled", Integer, nullable=False, server_default="0"),  # texts that go out later, or could not
    Column("with_chatbot", Boolean, nullable=False, server_default=false()),  # which answers, so that nobody waits
    Column("opted_out_at", Utc),
    Column("opt_out_presumed", Boolean, nullable=False, server_default=false()),  # of opted_out_at: said in other words
    Column("first_message_at", Utc),
    Column("last_message_at", Utc),  # None: opened, nothing written yet; not listed
    Column("last_message_id", Id),
    Column("last_text", Text, nullable=False, server_default=""),
    Column("last_author", Text),  # None: the candidate
    Column("waiting_since", Utc),  # the oldest inbound message without an answer
    Column("overdue_at", Utc),  # when this wait was found too long; None: it was not yet
    Column("erased_at", Utc),  # when its texts were removed
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    # Named here, as the name made of its columns is longer than PostgreSQL's 63 bytes.
    UniqueConstraint("organisation_id", "company_number_id", "candidate_number", name="uq_conversations_numbers"),
    _within("companies", "company_id"),
    _within("company_numbers", "company_number_id"),
    _within("candidates", "candidate_id"),
    _within("users", "assignee_id"),
)


def _listed(name: str, *columns: str, when: ColumnElement[bool]) -> Index:
    """An index that serves one kind of list in its order, newest first: of a company, or of whoever has them."""
    chosen = [conversations.c[column] for column in ("organisation_id", *columns, "last_message_at", "id")]
    return Index(name, *chosen, postgresql_where=when, sqlite_where=when)


# Also those that are snoozed: they are few, and the lists pass them over.
_OPEN = conversations.c.closed_at.is_(None)
_CLOSED = conversations.c.closed_at.is_not(None)
_UNREAD = and_(conversations.c.unread > text("0"), _OPEN)

_listed("ix_conversations_shared", "company_id", when=_OPEN)
_listed("ix_conversations_mine", "assignee_id", "company_id", when=_OPEN)
_listed("ix_conversations_unread", "company_id", when=_UNREAD)
_listed("ix_conversations_mine_unread", "assignee_id", "company_id", when=_UNREAD)
_listed("ix_conversations_failed", "company_id", when=and_(conversations.c.failed > text("0"), _OPEN))
_listed(
    "ix_conversations_mine_failed", "assignee_id", "company_id", when=and_(conversations.c.failed > text("0"), _OPEN)
)
_listed("ix_conversations_unread_failed", "company_id", when=and_(_UNREAD, conversations.c.failed > text("0")))
_listed("ix_conversations_closed", "company_id", when=_CLOSED)
_listed("ix_conversations_closed_failed", "company_id", when=and_(conversations.c.failed > text("0"), _CLOSED))
_listed("ix_conversations_closed_unread", "company_id", when=and_(conversations.c.unread > text("0"), _CLOSED))
_listed("ix_conversations_mine_closed", "assignee_id", "company_id", when=_CLOSED)
_OPTED_OUT = conversations.c.opted_out_at.is_not(None)
Index(
    "ix_conversations_opted_out",
    *(conversations.c[name] for name in ("organisation_id", "company_id", "opted_out_at")),
    postgresql_where=_OPTED_OUT,
    sqlite_where=_OPTED_OUT,
)
_SNOOZED = conversations.c.snoozed_until.is_not(None)
_listed("ix_conversations_snoozed", "company_id", when=_SNOOZED)
_listed("ix_conversations_mine_snoozed", "assignee_id", "company_id", when=_SNOOZED)
# PostgreSQL takes no order from an index behind "is null", so what nobody has needs one of its own.
_listed("ix_conversations_unassigned", "company_id", when=and_(conversations.c.assignee_id.is_(None), _OPEN))
_WAITING = conversations.c.waiting_since.is_not(None)
for _name, _columns in (
    ("ix_conversations_waiting", ("organisation_id", "company_id", "waiting_since")),
    ("ix_conversations_mine_waiting", ("organisation_id", "assignee_id", "company_id", "waiting_since")),
):
    _in_order = [*(conversations.c[name] for name in _columns), conversations.c.id.desc()]
    Index(_name, *_in_order, postgresql_where=_WAITING, sqlite_where=_WAITING)
_NOT_OVERDUE = and_(_WAITING, conversations.c.overdue_at.is_(None))
Index(
    "ix_conversations_not_overdue",
    *(conversations.c[name] for name in ("organisation_id", "company_id", "waiting_since")),
    postgresql_where=_NOT_OVERDUE,
    sqlite_where=_NOT_OVERDUE,
)
Index(None, conversations.c.organisation_id, conversations.c.candidate_id)

# What a search looks at, one row a conversation, see search_documents.py.
search_documents = Table(
    "search_documents",
    metadata,
    _organisation(),
    Column("id", _Serial, nullable=False),
    Column("conversation_id", Id, nullable=False),
    Column("words", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Column("recency", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("organisation_id", "conversation_id"),
    _within("conversations", "conversation_id"),
)
search_index.create_with(search_documents, ("words", "marks", "recency"))

UNSETTLED = "direction = 'out' AND status IN ('accepted', 'sending', 'sent')"

messages = Table(
    "messages",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),  # outbound: the writer's own UUID, so that a repeated send is one message
    Column("conversation_id", Id, nullable=False),
    Column("company_id", Id),  # the conversation's, so that the log of a company is one index; no key, as that has one
    Column("direction", String(3), nullable=False),  # "in" or "out"
    Column("body", Text, nullable=False),
    Column("raw_body", LargeBinary),  # the bytes as received, where text cannot hold them
    Column("author_id", Id),  # the user who wrote it; None for candidates and automation
    Column("author", Text),  # the name to show; None: the candidate
    Column(
        "source", String(12), nullable=False, server_default="person"
    ),  # person, campaign, workflow, chatbot, import
    Column("template_id", Id),  # the message template that it was written with; no key: templates are never deleted
    # What else it is reported by; no keys: a report outlives what it names.
    Column("origin_id", Id),  # the campaign or workflow that sent it
    Column("job", Text),  # of the candidate, when it was written
    Column("waited_since", Utc),  # since when the candidate had waited for it; None: it is no answer
    Column("event", String(12)),  # "opted_out", "opted_in", "presumed" or "helped": what it did beside being read
    Column("status", String(12), nullable=False),
    Column("rank", SmallInteger, nullable=False),  # of the status; only goes up
    Column("error_code", Integer),
    Column("segments", Integer, nullable=False, server_default="1"),
    Column("media_count", Integer, nullable=False, server_default="0"),
    Column("provider_account_id", Id, nullable=False),
    Column("provider_message_id", String(64)),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("since_attempt", Integer, nullable=False, server_default="1"),  # reports on earlier ones change nothing
    Column("queued_at", Utc),  # when a person last asked for it to be sent; None: `at`
    Column("claim", Id),  # of the worker that is sending it
    Column("claimed_at", Utc),
    Column("send_after", Utc),  # its turn among the texts of its company number
    Column("requeued", Boolean, nullable=False, server_default=false()),  # sent once more without being asked
    Column("checked_at", Utc),  # when the provider was last asked about it
    Column("override", Text),  # why somebody sent it in quiet hours or above the cap
    Column("recovered_at", Utc),  # when it was found on the provider's list, long after it was sent
    Column("erased", Boolean, nullable=False, server_default=false()),  # its words were removed
    Column("seq", BigInteger, nullable=False, server_default="0"),  # the event that announced it
    _now("at"),
    Column("sent_at", Utc),
    Column("delivered_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint(
        "organisation_id",
        "provider_account_id",
        "provider_message_id",
        name="uq_messages_provider_message_id",
    ),
    _within("conversations", "conversation_id"),
    _within("users", "author_id"),
    _within("provider_accounts", "provider_account_id"),
    Index(None, "organisation_id", "conversation_id", "at", "id"),
)

_STOPS = messages.c.event == text("'opted_out'")
Index(
    "ix_messages_stops",
    *(messages.c[column] for column in ("organisation_id", "company_id", "at")),
    postgresql_where=_STOPS,
    sqlite_where=_STOPS,
)

Index(
    "ix_messages_by_template",
    *(messages.c[column] for column in ("organisation_id", "template_id", "company_id", "at", "id")),
    postgresql_where=messages.c.template_id.is_not(None),
    sqlite_where=messages.c.template_id.is_not(None),
)

Index(
    "ix_messages_unsettled",  # of which the provider has more to tell
    *(messages.c[column] for column in ("organisation_id", "provider_account_id", "claimed_at")),
    postgresql_where=text(UNSETTLED),
    sqlite_where=text(UNSETTLED),
)

# Pictures and files of messages. What the writer of a text has added stands here before the text does.
message_media = Table(
    "message_media",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("conversation_id", Id, nullable=False),
    Column("message_id", Id),  # None: added to a text that has not been sent yet
    Column("scheduled_text_id", Id),  # the text that it goes out with later; no key: that one turns into a message
    Column("author_id", Id),  # of what is ours; None: it came from the candidate
    Column("position", SmallInteger, nullable=False, server_default="0"),  # among those of its message
    Column("url", Text),  # where the provider has it; None for what is ours
    Column("declared_type", Text, nullable=False, server_default=""),  # what the provider said it is
    Column("state", String(8), nullable=False, server_default="waiting"),  # or "kept", "refused", "gone"
    Column("reason", String(12)),  # why it was refused, see media.py
    Column("content_type", String(40)),  # what it is, as we keep it
    Column("size", Integer, nullable=False, server_default="0"),  # bytes, as we keep it
    Column("width", Integer),  # of a picture, in pixels
    Column("height", Integer),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "message_id", "position"),
    _within("conversations", "conversation_id"),
    _within("messages", "message_id"),
    _within("users", "author_id"),
    Index(None, "organisation_id", "conversation_id"),
)
Index(
    "ix_message_media_unsent",  # what is thrown away when its text is not sent
    message_media.c.created_at,
    postgresql_where=message_media.c.message_id.is_(None),
    sqlite_where=message_media.c.message_id.is_(None),
)

# Apart from what is known of them, so that no list reads bytes; in the database, so that backups hold them.
media_contents = Table(
    "media_contents",
    metadata,
    _organisation(),
    Column("media_id", Id, nullable=False),
    Column("form", String(9), nullable=False),  # "whole" or "thumbnail"
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "media_id", "form"),
    _within("message_media", "media_id"),
)

# What colleagues say to each other beside a thread, and what they did with it. Never sent, never counted.
notes = Table(
    "notes",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),  # the writer's own UUID, so that a repeated save is one note
    Column("conversation_id", Id, nullable=False),
    Column("author_id", Id),
    Column("author", Text, nullable=False),  # the name to show
    Column("act", String(12)),  # "assigned", "released", "closed" or "reopened"; None: words
    Column("subject", Text),  # the name of whom it was assigned to
    Column("body", Text, nullable=False, server_default=""),
    Column("seq", BigInteger, nullable=False),  # the event that announced it
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("conversations", "conversation_id"),
    _within("users", "author_id"),
    Index(None, "organisation_id", "conversation_id", "at", "id"),
)

# Texts that go out later; each is a message under the same id from the moment on that it is due.
scheduled_texts = Table(
    "scheduled_texts",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),  # the writer's own UUID
    Column("conversation_id", Id, nullable=False),
    Column("author_id", Id, nullable=False),  # in whose name it goes out: who wrote it, or changed it last
    Column("author", Text, nullable=False),  # the name to show
    Column("body", Text, nullable=False),
    Column("template_id", Id),  # the message template that it was written with
    Column("send_at", Utc, nullable=False),
    Column("regardless", Boolean, nullable=False, server_default=false()),  # also when the candidate writes before
    Column("version", Integer, nullable=False, server_default="0"),  # counts changes
    Column("seq", BigInteger, nullable=False),  # the event that announced it; what came after it answers nothing in it
    Column("stopped_at", Utc),  # when it was due and did not go out
    Column("reason", Text),  # why, as a sentence; None: the candidate had written
    Column("held_until", Utc),  # it was due and waits for a better hour
    Column("held_for", Text),  # why, as a sentence
    _now("written_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("conversations", "conversation_id"),
    _within("users", "author_id"),
    Index(None, "organisation_id", "conversation_id", "send_at"),
    Index(None, "organisation_id", "author_id"),
)

# Who is called by name in a note, as "@Ana Ruiz"; the note's words hold the name as well.
note_mentions = Table(
    "note_mentions",
    metadata,
    _organisation(),
    Column("note_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),  # the user's name of then
    PrimaryKeyConstraint("organisation_id", "note_id", "user_id"),
    _within("notes", "note_id"),
    _within("users", "user_id"),
)

FAILED = "direction = 'out' AND status IN ('unconfirmed', 'undelivered', 'failed', 'canceled')"


def _logged(name: str, *columns: str, when: str | None = None) -> Index:
    """An index that serves one kind of message log in its order."""
    chosen = [messages.c[column] for column in ("organisation_id", *columns, "at", "id")]
    return Index(
        name,
        *chosen,
        postgresql_where=text(when) if when else None,
        sqlite_where=text(when) if when else None,
    )


_logged("ix_messages_log", "company_id")
_logged("ix_messages_failed", "company_id", when=FAILED)
_logged("ix_messages_automatic", "company_id", "source", when="source <> 'person'")

message_templates = Table(
    "message_templates",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("owner_id", Id),  # None: shared with everybody
    Column("company_id", Id),  # the company that a shared one is for; None: every one
    Column("name", Text, nullable=False),
    Column("sort_name", Text, nullable=False),  # lower case
    Column("body", Text, nullable=False),  # with merge fields
    Column("version", Integer, nullable=False, server_default="0"),
    Column("updated_by_id", Id),
    Column("archived_at", Utc),
    _now("updated_at"),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "owner_id"),
    _within("users", "updated_by_id"),
    Index(None, "organisation_id", "sort_name", "id"),
)

# The words that a template had before each change.
message_template_versions = Table(
    "message_template_versions",
    metadata,
    _organisation(),
    Column("template_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("saved_by_id", Id),
    Column("saved_at", Utc, nullable=False),
    PrimaryKeyConstraint("organisation_id", "template_id", "version"),
    _within("message_templates", "template_id"),
    _within("users", "saved_by_id"),
)

# One row per organisation, locked while a text is charged: the order of the log is the order of the balances.
segment_balances = Table(
    "segment_balances",
    metadata,
    Column("organisation_id", _Serial, ForeignKey("organisations.id"), primary_key=True),
    Column("balance", BigInteger, nullable=False),  # segments; at zero or below nothing can be sent
    Column("topped_to", BigInteger, nullable=False),  # what it was after the last top-up
    Column("warned_percent", SmallInteger),  # the last mark that was mailed of since then, see balance.py
)

segment_log = Table(
    "segment_log",
    metadata,
    _organisation(),
    Column("id", _Serial, primary_key=True),
    Column("kind", String(12), nullable=False),  # see billing/balance.py
    Column("segments", Integer, nullable=False),  # below zero: spent
    Column("balance", BigInteger, nullable=False),  # after it
    Column("message_id", Id),  # no key: a text may be erased, what it cost stays
    Column("author", Text),  # who topped up
    Column("note", Text, nullable=False, server_default=""),
    _now("at"),
    Index(None, "organisation_id", "at", "id"),
)
Index(
    "ix_segment_log_other",
    segment_log.c.organisation_id,
    segment_log.c.kind,
    segment_log.c.at,
    segment_log.c.id,
    postgresql_where=text("kind NOT IN ('sent', 'received')"),
    sqlite_where=text("kind NOT IN ('sent', 'received')"),
)

# A file that names the people of campaigns; nobody is created by it.
campaign_files = Table(
    "campaign_files",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),  # who chose it
    Column("name", Text, nullable=False),
    Column("headings", Text, nullable=False),  # JSON
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
)

campaign_file_rows = Table(
    "campaign_file_rows",
    metadata,
    _organisation(),
    Column("file_id", Id, nullable=False),
    Column("line", Integer, nullable=False),  # of the file, from 1
    Column("candidate_id", Id),  # whose it is; no key: they may be gone
    Column("cells", Text),  # JSON, of a row that is nobody's
    Column("sentence", Text),  # why it is not
    PrimaryKeyConstraint("organisation_id", "file_id", "line"),
    _within("campaign_files", "file_id"),
    Index(None, "organisation_id", "candidate_id"),
)

campaigns = Table(
    "campaigns",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),  # with merge fields
    Column("asked", Text, nullable=False),  # whom it is for: the filter of the list of candidates, as a query string
    Column("file_id", Id),  # instead of that the file that names them; no key
    Column("only_consented", Boolean, nullable=False, server_default=false()),
    Column("company_id", Id),  # whose number it goes out from; None: the first one's
    Column("template_id", Id),  # the message template that its words began as
    Column("sender_id", Id, nullable=False),
    Column("state", String(10), nullable=False),  # see campaigns.py
    Column("version", Integer, nullable=False, server_default="0"),  # counts changes
    Column("place", Text),  # the candidate up to whom the recipients are written down
    Column("gathered_at", Utc),  # when all of them were
    Column("send_at", Utc),  # of a scheduled one
    Column("begun_at", Utc),
    Column("ended_at", Utc),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "sender_id"),
)

# One row a recipient before the first text goes out; the id of the text is theirs from the beginning.
campaign_recipients = Table(
    "campaign_recipients",
    metadata,
    _organisation(),
    Column("campaign_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("message_id", Id, nullable=False),  # no key: the text is written when it is its turn
    Column("state", String(8), nullable=False),  # "waiting", "skipped", "queued", "sent" or "refused"
    Column("reason", Text),  # why they were skipped (a code), refused or held (a sentence)
    Column("forecast", String(8)),  # "quiet" or "cap": what would hold it when it was written down
    Column("held_until", Utc),  # of one that waits: not before
    Column("segments", Integer, nullable=False),
    PrimaryKeyConstraint("organisation_id", "campaign_id", "candidate_id"),
    _within("campaigns", "campaign_id"),
    _within("candidates", "candidate_id"),
    Index("ix_campaign_recipients_by_state", "organisation_id", "campaign_id", "state", "candidate_id"),
    Index(None, "organisation_id", "message_id"),
    Index(None, "organisation_id", "candidate_id"),
)

_ASIDES = "reply person opt_out rejected"

workflows = Table(
    "workflows",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("company_id", Id),  # whose number it texts from; None: the first one's
    Column("sender_id", Id, nullable=False),
    Column("trigger", String(8), nullable=False),  # what begins it, see workflow_wishes.py
    Column("label_id", Id),  # the tag or list whose new candidates begin it; no key: it may be gone
    Column("trigger_value", Text, nullable=False, server_default=""),  # of other triggers; "": any
    Column("gap_minutes", Integer, nullable=False, server_default="0"),  # between two runs of one candidate
    Column("once_per_application", Boolean, nullable=False, server_default=false()),
    Column("live_only", Boolean, nullable=False, server_default=false()),  # only for jobs that are open
    Column("asides", Text, nullable=False, server_default=_ASIDES),  # when it steps aside, see workflow_asides.py
    Column("steps", Text, nullable=False),  # JSON, see workflow_steps.py
    Column("version", Integer, nullable=False, server_default="1"),  # of the steps
    Column("state", String(8), nullable=False, server_default="active"),  # or "paused", "archived"
    _now("changed_at"),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "sender_id"),
    Index(None, "organisation_id", "label_id"),
)

workflow_executions = Table(
    "workflow_executions",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("workflow_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("steps", Text, nullable=False),  # JSON: those of the beginning, whatever becomes of the workflow
    Column("asides", Text, nullable=False, server_default=_ASIDES),  # as they were at the beginning, too
    Column("job", Text, nullable=False, server_default=""),  # of the application it is about, in small letters
    Column("place", Integer, nullable=False, server_default="0"),  # the step that is next
    Column("state", String(8), nullable=False, server_default="running"),  # "waiting", "done", "stopped" or "unpaid"
    Column("reason", Text, nullable=False, server_default=""),  # why it ended before its end, or is held
    Column("cause", String(10), nullable=False, server_default=""),  # the same for counting, see workflow_endings.py
    Column("outcome", String(8), nullable=False, server_default=""),  # of the last wait for a reply
    Column("heard_at", Utc),  # of the last reply that it waited for
    Column("due_at", Utc),  # when the next step is done
    _now("begun_at"),
    Column("ended_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("workflows", "workflow_id"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "workflow_id", "id"),
    Index(None, "organisation_id", "candidate_id", "id"),
)

Index("ix_workflow_executions_begun", workflow_executions.c.organisation_id, workflow_executions.c.begun_at)

# Asked for whenever somebody texts: next to nobody is in a workflow at the moment.
_OPEN = workflow_executions.c.state.in_(["running", "waiting"])
Index(
    "ix_workflow_executions_open",
    *(workflow_executions.c[column] for column in ("organisation_id", "candidate_id")),
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)

# What executions have done, a row for each step that they reached and left.
workflow_steps = Table(
    "workflow_steps",
    metadata,
    _organisation(),
    Column("execution_id", Id, nullable=False),
    Column("place", Integer, nullable=False),
    Column("workflow_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("message_id", Id),  # of the text that it sent
    Column("did", String(8), nullable=False),  # "done", or "left" when it could not be and was passed over
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "execution_id", "place"),
    _within("workflow_executions", "execution_id"),
    Index(None, "organisation_id", "workflow_id", "version", "place"),
)

# What happened to candidates that a workflow waits for; each goes when its job has begun what there is to begin.
workflow_triggers = Table(
    "workflow_triggers",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("kind", String(8), nullable=False, server_default="label"),  # as `trigger` of workflows
    Column("value", Text, nullable=False, server_default=""),  # which label, stage, intent, or the message with a word
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# Jobs for which nobody is looked for any more; all others are live.
closed_jobs = Table(
    "closed_jobs",
    metadata,
    _organisation(),
    Column("job", Text, nullable=False),  # in small letters
    Column("name", Text, nullable=False),
    Column("author", Text, nullable=False),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "job"),
)

# What Text Engage can talk about on the chatbot number.
chatbot_intents = Table(
    "chatbot_intents",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("company_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(8), nullable=False),  # "join" or "apply"
    Column("job", Text, nullable=False, server_default=""),  # what one applies to
    Column("tag", Text, nullable=False, server_default=""),  # given to whoever comes to its end
    Column("hours", Integer, nullable=False),  # without an answer, then it is over
    Column("tells", Boolean, nullable=False, server_default=false()),  # whether who is done waits for a person
    Column("state", String(8), nullable=False, server_default="active"),  # or "paused", "archived"
    Column("version", Integer, nullable=False, server_default="1"),  # of the script that new dialogues have
    _now("changed_at"),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("companies", "company_id"),
)

# Every script that an intent has had: a dialogue goes on with the one that it was begun with.
chatbot_versions = Table(
    "chatbot_versions",
    metadata,
    _organisation(),
    Column("intent_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("script", Text, nullable=False),  # JSON, see chatbot_scripts.py
    Column("author", Text, nullable=False),  # the name of who wrote it
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "intent_id", "version"),
    _within("chatbot_intents", "intent_id"),
)

# What is texted to begin an intent, each word once in a company.
chatbot_keywords = Table(
    "chatbot_keywords",
    metadata,
    _organisation(),
    Column("company_id", Id, nullable=False),
    Column("keyword", String(40), nullable=False),  # lower case
    Column("intent_id", Id, nullable=False),
    Column("place", Integer, nullable=False),  # among those of its intent
    PrimaryKeyConstraint("organisation_id", "company_id", "keyword"),
    _within("companies", "company_id"),
    _within("chatbot_intents", "intent_id"),
    Index(None, "organisation_id", "intent_id"),
)

chatbot_sessions = Table(
    "chatbot_sessions",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("conversation_id", Id, nullable=False),
    Column("intent_id", Id),  # None: they were asked what it is about
    Column("version", Integer),  # of the intent's script
    Column("state", String(8), nullable=False, server_default="open"),  # or "done", "handed", "dropped"
    Column("reason", Text, nullable=False, server_default=""),  # why it ended before its end
    Column("dialogue", Text, nullable=False, server_default="{}"),  # JSON, see chatbot_dialogue.py
    Column("heard_seq", BigInteger, nullable=False),  # the event of the last text that it answered
    _now("heard_at"),
    _now("begun_at"),
    Column("ended_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("conversations", "conversation_id"),
    _within("chatbot_intents", "intent_id"),
    Index(None, "organisation_id", "conversation_id", "id"),
    Index(None, "organisation_id", "intent_id", "id"),
    Index(None, "organisation_id", "begun_at"),
)

# Rows that are only ever added, see audit.py; the head's row is locked while one is.
audit_heads = Table(
    "audit_heads",
    metadata,
    Column("organisation_id", _Serial, ForeignKey("organisations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    _organisation(),
    Column("seq", BigInteger, nullable=False),
    _now("at"),
    Column("actor_id", Id, nullable=False),  # no key: what somebody did stays when they are gone
    Column("actor", Text, nullable=False),
    Column("act", String(12), nullable=False),
    Column("what", Text, nullable=False),
    Column("hash", String(64), nullable=False),  # over this row and the hash of the one before
    PrimaryKeyConstraint("organisation_id", "seq"),
    Index(None, "organisation_id", "at"),
)
append_only.create_with(audit_log)

# What was removed of whom, in numbers; the list that is applied again after a restore.
erasures = Table(
    "erasures",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("cause", String(10), nullable=False),  # "request" or "retention"
    Column("actor", Text, nullable=False),  # the name of who asked for it
    Column("texts", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("notes", Integer, nullable=False),
    Column("copies", Integer, nullable=False),  # texts that the provider had as well
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "candidate_id"),
    _within("candidates", "candidate_id"),
)

# Texts that the provider still has and is to delete; each goes when it has.
erased_copies = Table(
    "erased_copies",
    metadata,
    _organisation(),
    Column("erasure_id", Id, nullable=False),
    Column("provider_account_id", Id, nullable=False),
    Column("provider_message_id", String(64), nullable=False),
    PrimaryKeyConstraint("organisation_id", "erasure_id", "provider_message_id"),
    _within("erasures", "erasure_id"),
    _within("provider_accounts", "provider_account_id"),
)

# Who opted out before they were erased, as a keyed hash: nobody can read the number, but it is known again.
kept_stops = Table(
    "kept_stops",
    metadata,
    _organisation(),
    Column("company_number_id", Id, nullable=False),
    Column("number_hash", String(64), nullable=False),
    Column("keyword", Text, nullable=False),  # "" of one that was presumed: what was texted is personal
    Column("presumed", Boolean, nullable=False, server_default=false()),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "number_hash", "company_number_id"),
    _within("company_numbers", "company_number_id"),
)

# The numbers of who was erased, as such hashes: what was texted before it and comes late is not kept.
erased_numbers = Table(
    "erased_numbers",
    metadata,
    _organisation(),
    Column("number_hash", String(64), nullable=False),
    Column("erasure_id", Id, nullable=False),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "number_hash"),
    _within("erasures", "erasure_id"),
)

# How long after the last text candidates are kept.
retention_rules = Table(
    "retention_rules",
    metadata,
    _organisation(),
    Column("country", String(2), nullable=False),  # ISO 3166, lower case; "": everywhere else
    Column("months", Integer, nullable=False),
    PrimaryKeyConstraint("organisation_id", "country"),
)

# What was counted of the texts of a day, or of an hour of the present one, see reports/keeping.py.
report_days = Table(
    "report_days",
    metadata,
    _organisation(),
    Column("company_id", Id, nullable=False),
    Column("day", String(10), nullable=False),  # ISO 8601, by the organisation's clocks
    Column("hour", SmallInteger, nullable=False),  # of the day, from 0 on; -1: all of it
    Column("counted_by", Text, nullable=False),  # the rules, the time zone and the working hours of the counting
    Column("texts", LargeBinary, nullable=False),  # these three as tallies.py packs them
    Column("people", LargeBinary, nullable=False),
    Column("rates", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "company_id", "day", "hour"),
    _within("companies", "company_id"),
)

# Months of them that are over.
report_months = Table(
    "report_months",
    metadata,
    _organisation(),
    Column("company_id", Id, nullable=False),
    Column("month", String(7), nullable=False),  # ISO 8601
    Column("counted_by", Text, nullable=False),
    Column("people", LargeBinary, nullable=False),
    Column("rates", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "company_id", "month"),
    _within("companies", "company_id"),
)

# Up to which event those are counted.
report_cursors = Table(
    "report_cursors",
    metadata,
    Column("organisation_id", _Serial, ForeignKey("organisations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

# Conversations that turned out to be somebody else's: their days are counted again, then each goes.
report_moves = Table(
    "report_moves",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("conversation_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("conversations", "conversation_id"),
)

# Where a text is gone: its day has to be counted anew, as nothing else tells of it.
report_losses = Table(
    "report_losses",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("company_id", Id, nullable=False),
    Column("at", Utc, nullable=False),  # the quarter of an hour that it was in
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("companies", "company_id"),
)

# Filters of the inbox under a name.
saved_views = Table(
    "saved_views",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("owner_id", Id),  # None: shared with everybody
    Column("name", Text, nullable=False),
    Column("sort_name", Text, nullable=False),  # lower case
    Column("query", Text, nullable=False),  # of the inbox's address, with its "?"
    Column("archived_at", Utc),
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "owner_id"),
    Index(None, "organisation_id", "sort_name", "id"),
)

message_status_log = Table(
    "message_status_log",
    metadata,
    _organisation(),
    Column("id", _Serial, primary_key=True),
    Column("message_id", Id, nullable=False),
    Column("status", String(32), nullable=False),  # in the provider's own word
    Column("error_code", Integer, nullable=False, server_default="0"),
    Column("applied", Boolean, nullable=False),  # False: it came late and changed nothing
    Column("provider_message_id", String(64)),  # of the attempt that it is on, where the provider said it
    _now("at"),
    _within("messages", "message_id"),
    Index(None, "organisation_id", "message_id"),
)

# Large exports: written by a worker, downloaded by whoever asked, and gone after some days.
exports = Table(
    "exports",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("kind", String(12), nullable=False),  # see export_kinds.py
    Column("asked", Text, nullable=False),  # JSON: what of it
    Column("format", String(4), nullable=False, server_default="csv"),  # or "xlsx"
    Column("only_in", Text),  # JSON: the companies whose conversations it may hold; None: every one
    Column("state", String(9), nullable=False, server_default="running"),  # see exports.py
    Column("place", Text),  # the key behind which it goes on; None: not begun
    Column("lines", Integer, nullable=False, server_default="0"),
    Column("size", BigInteger, nullable=False, server_default="0"),  # bytes
    _now("created_at"),
    Column("ended_at", Utc),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("users", "user_id"),
    Index(None, "organisation_id", "user_id", "id"),
)

# In the database as pictures are: machines that share no disk have this in common, and a piece commits with its place.
export_pieces = Table(
    "export_pieces",
    metadata,
    _organisation(),
    Column("export_id", Id, nullable=False),
    Column("start", BigInteger, nullable=False),  # of its bytes in the file
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "export_id", "start"),
    _within("exports", "export_id"),
)

# Whom an export tells of, so that it goes when they are erased.
export_candidates = Table(
    "export_candidates",
    metadata,
    _organisation(),
    Column("export_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation_id", "export_id", "candidate_id"),
    _within("exports", "export_id"),
    _within("candidates", "candidate_id"),
    Index(None, "organisation_id", "candidate_id"),
)

# One row per organisation, updated last in a transaction: its lock makes numbers dense, in commit order.
event_counters = Table(
    "event_counters",
    metadata,
    Column("organisation_id", _Serial, ForeignKey("organisations.id"), primary_key=True),
    Column("epoch", String(8), nullable=False),  # changes when the database was restored from a backup
    Column("seq", BigInteger, nullable=False, server_default="0"),
)

# Ids only, no text: what a reader may see is decided when it is shown.
events = Table(
    "events",
    metadata,
    _organisation(),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("conversation_id", Id),
    Column("message_id", Id),
    Column("actor_id", Id),
    Column("previous_assignee_id", Id),
    _now("at"),
    Column("user_id", Id),  # whom alone it concerns; None: everybody
    Column("assigned", Boolean),  # whether it gave the conversation to somebody, or took it from them
    PrimaryKeyConstraint("organisation_id", "seq"),
)

# Addresses of other systems that are told what happens, see hooks/.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("url", Text, nullable=False),
    Column("kinds", Text, nullable=False),  # of events, with blanks between
    Column("secret", LargeBinary, nullable=False),  # sealed, as the next one
    Column("old_secret", LargeBinary),  # signs as well until old_secret_until
    Column("old_secret_until", Utc),
    Column("off_at", Utc),  # None: it is told
    Column("off_why", String(12), nullable=False, server_default=""),  # "person", "failing" or "gone"
    Column("failing_since", Utc),  # None: what was told last arrived
    _now("created_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# How far the events of an organisation were looked through for its endpoints; no row where it has none to tell.
webhook_cursors = Table(
    "webhook_cursors",
    metadata,
    Column("organisation_id", _Serial, ForeignKey("organisations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

# What an endpoint is told: ids and facts of ours. What candidates wrote is read when it is told.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("endpoint_id", Id, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("told", String(80), nullable=False),  # what nobody is told twice
    Column("conversation_id", Id),  # as with the next one no key: they are only read
    Column("message_id", Id),
    Column("facts", Text, nullable=False, server_default="{}"),  # JSON
    Column("state", String(12), nullable=False, server_default="waiting"),  # "delivered", "failed"
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("status", SmallInteger),  # the last answer's
    Column("millis", Integer),  # how long it took
    Column("trouble", String(12)),  # why the last try brought nothing, see providers/hooks.py
    Column("tried_at", Utc),
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "endpoint_id", "told", name="uq_webhook_deliveries_told"),
    _within("webhook_endpoints", "endpoint_id"),
    Index(None, "organisation_id", "endpoint_id", "id"),
    Index("ix_webhook_deliveries_at", "at"),
)
Index(
    "ix_webhook_deliveries_failed",
    *(webhook_deliveries.c[column] for column in ("organisation_id", "endpoint_id", "id")),
    postgresql_where=webhook_deliveries.c.state == "failed",
    sqlite_where=webhook_deliveries.c.state == "failed",
)

# What one user is to look at; kept for a while, see storage/notifications.py.
notifications = Table(
    "notifications",
    metadata,
    _organisation(),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("conversation_id", Id),
    Column("message_id", Id),  # of a message or a note
    Column("actor_id", Id),  # who caused it; None: nobody did
    Column("number", Integer, nullable=False, server_default="1"),  # how many conversations it tells of
    Column("words", Text, nullable=False, server_default=""),  # the sentence of a kind that has none of its own
    Column("address", Text, nullable=False, server_default=""),  # the page it leads to, where that is no conversation
    Column("read_at", Utc),  # None: unread
    _now("at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    _within("conversations", "conversation_id"),
    _within("users", "user_id"),
    _within("users", "actor_id"),
    Index(None, "organisation_id", "user_id", "at", "id"),
    Index("ix_notifications_at", "at"),
)

Index(
    "ix_notifications_unread",
    *(notifications.c[column] for column in ("organisation_id", "user_id", "at", "id")),
    postgresql_where=notifications.c.read_at.is_(None),
    sqlite_where=notifications.c.read_at.is_(None),
)

jobs = Table(
    "jobs",
    metadata,
    _organisation(),
    Column("id", Id, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("subject", Id, nullable=False),  # what it is about, such as a message's id
    Column("state", String(8), nullable=False, server_default="queued"),  # see jobs.py
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claim", Id),
    Column("lease_until", Utc),
    Column("queue", Id),  # of jobs with the same one only the first is done: the lowest place
    Column("place", BigInteger, nullable=False, server_default="0"),
    _now("due_at"),
    _now("created_at"),
    UniqueConstraint("organisation_id", "kind", "subject"),
    Index(None, "state", "due_at"),
    Index(None, "organisation_id", "queue", "place"),
)
