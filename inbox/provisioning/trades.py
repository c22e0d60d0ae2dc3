"""What Twilio lets a company in the United States be: legal forms, industries, positions.

Source: https://www.twilio.com/docs/messaging/compliance/a2p-10dlc/onboarding-isv-api. The keys are Twilio's own.
"""

from collections.abc import Mapping

from inbox.languages import _

TYPES: Mapping[str, str] = {
    "Corporation": _("Corporation"),
    "Limited Liability Corporation": _("Limited liability company"),
    "Partnership": _("Partnership"),
    "Co-operative": _("Co-operative"),
    "Non-profit Corporation": _("Non-profit corporation"),
}
INDUSTRIES: Mapping[str, str] = {
    "PROFESSIONAL_SERVICES": _("Professional services"),
    "HEALTHCARE": _("Healthcare"),
    "EDUCATION": _("Education"),
    "HOSPITALITY": _("Hospitality"),
    "RETAIL": _("Retail"),
    "MANUFACTURING": _("Manufacturing"),
    "TRANSPORTATION": _("Transportation"),
    "TECHNOLOGY": _("Technology"),
    "FINANCIAL": _("Financial services"),
    "ENGINEERING": _("Engineering"),
    "AGRICULTURE": _("Agriculture"),
    "ENERGY": _("Energy"),
    "NOT_FOR_PROFIT": _("Not for profit"),
    "CONSUMER": _("Consumer goods"),
}
POSITIONS: Mapping[str, str] = {
    "Director": _("Director"),
    "GM": _("General manager"),
    "VP": _("Vice president"),
    "CEO": _("Chief executive"),
    "CFO": _("Chief financial officer"),
    "General Counsel": _("General counsel"),
    "Other": _("Another position"),
}
