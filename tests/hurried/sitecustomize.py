"""Python loads this by itself in processes whose PYTHONPATH names its folder: patience of minutes becomes seconds."""

from inbox import worker
from inbox.messaging import claims, confirming

worker.LEASE_SECONDS = 6.0
claims.CONFIRM_SECONDS = 1.0
confirming.LOOK_AGAIN_SECONDS = 1.0
