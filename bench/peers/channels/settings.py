"""What server and publisher share."""

import django
from django.conf import settings


def configure(redis_port):
    """Set Django up with a channel layer over this Redis."""
    settings.configure(
        INSTALLED_APPS=["channels"],
        CHANNEL_LAYERS={
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                # The default of 100 drops messages of a group with more sockets in one process.
                "CONFIG": {"hosts": [("127.0.0.1", redis_port)], "capacity": 20_000},
            }
        },
    )
    django.setup()
