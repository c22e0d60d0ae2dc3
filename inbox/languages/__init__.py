"""The languages of the interface: sentences that are put into words for their reader, and how a reader writes days.

Code says `_("%(name)s took it.", name=name)`; the catalogues are in `inbox/locale`, English is the message ids.
"""

from inbox.languages.sentences import N_, Sentence, _, gathered, known, ngettext, pgettext, stored

__all__ = ["N_", "Sentence", "_", "gathered", "known", "ngettext", "pgettext", "stored"]
