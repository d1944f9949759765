"""Datalab: one data-science platform, many tenants."""
