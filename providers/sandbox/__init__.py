"""A Twilio of our own for development, demo and tests: its HTTP API, its signed webhooks, its phones."""

from providers.sandbox.accounts import SandboxAccount, SandboxNumber
from providers.sandbox.app import create_app
from providers.sandbox.phones import Behaviour, SandboxPhone
from providers.sandbox.sandbox import NoSuchNumber, Sandbox

__all__ = [
    "Behaviour",
    "NoSuchNumber",
    "Sandbox",
    "SandboxAccount",
    "SandboxNumber",
    "SandboxPhone",
    "create_app",
]
