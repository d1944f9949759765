"""The words for secrets' paths. The catalogue needs them too, so they live with the tenants."""

from datalab.tenants.secret_paths import PERSONAL, to_api, to_store

__all__ = ["PERSONAL", "to_api", "to_store"]
