"""What reaches object storage, and what it says when something goes wrong, without the keys that open it."""

import os
from typing import Any

from signals_pipeline.core.credentials import MASK, mask_credentials
from signals_pipeline.core.settings import typed

_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def file_system(scheme: str) -> Any:
    """What reaches the storage of a scheme, with the credentials of the environment, and keeps no listing.

    Raises:
        ImportError: What reaches it is not installed; the message says how it is.
    """
    try:
        import fsspec

        return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
    except ImportError:
        raise ImportError(
            f"What reaches {scheme}:// is the extra publish, which is not installed: {typed('publishing')}"
        ) from None


def what_it_says(error: BaseException) -> str:
    """The first line of an error of storage without a point at its end, with keys masked."""
    text = mask_credentials(str(error).partition("\n")[0])
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        text = text.replace(secret, MASK)
    return text.rstrip(".") or type(error).__name__
