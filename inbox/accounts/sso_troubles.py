"""What is wrong between us and an identity provider, in sentences for whoever can mend it."""

from collections.abc import Mapping
from types import MappingProxyType

from inbox.languages import _
from providers.oidc import OidcError, Trouble

_WORDS: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.PRIVATE: _("Its name leads into a private network, which we do not reach."),
        Trouble.UNKNOWN: _("No host of this name is known. Look at the address."),
        Trouble.CLOSED: _("It did not take the connection. Try again later, or look at the address."),
        Trouble.TLS: _("Its certificate is not good, so nobody can say that it is the one."),
        Trouble.SLOW: _("It did not answer within 10 seconds."),
        Trouble.PLAIN: _("One of its addresses does not begin with https://."),
        Trouble.KEYS: _("It publishes no key that a signature could be checked with."),
    }
)


def words(error: OidcError) -> str:
    """The sentence about a trouble."""
    match error.trouble:
        case Trouble.ISSUER:
            return _("The provider calls itself “%(name)s”. Enter exactly that as its address.", name=error.detail)
        case Trouble.ANSWER:
            return _("It did not answer as OpenID Connect asks for (%(detail)s).", detail=error.detail or "-")
        case Trouble.REFUSED:
            return _(
                "It did not take the code from us (%(detail)s). "
                "Look at the client ID, the secret and the redirect address.",
                detail=error.detail,
            )
        case Trouble.TOKEN:
            return _("What it says of the person does not hold (%(detail)s).", detail=error.detail)
    return _WORDS[error.trouble]
