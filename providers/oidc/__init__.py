"""Single sign-on by OpenID Connect: whoever a customer's own identity provider vouches for.

https://openid.net/specs/openid-connect-core-1_0.html, the code flow with PKCE (RFC 7636).
"""

from providers.oidc.client import Issuers, Registration
from providers.oidc.troubles import OidcError, Trouble

__all__ = ["Issuers", "OidcError", "Registration", "Trouble"]
