"""Datalab: one data-science platform, many tenants."""

VERSION = "0.1.0"
