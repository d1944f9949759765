"""What the worker's clock starts, and how often."""

from typing import Any

_EVERY: dict[str, dict[str, Any]] = {
    "services-that-are-due": {
        "task": "datalab.launcher.tasks.reconcile_due_services",
        "schedule": 2.0,
    },
    "tenants-that-are-due": {
        "task": "datalab.tenants.tasks.reconcile_due_tenants",
        "schedule": 5.0,
    },
    "pulse": {"task": "datalab.monitoring.tasks.pulse", "schedule": 10.0},
    "group-rules": {"task": "datalab.accounts.tasks.apply_group_rules", "schedule": 10.0},
    "services-without-a-member": {
        "task": "datalab.launcher.tasks.pause_services_without_member",
        "schedule": 20.0,
    },
    "usage-drift": {"task": "datalab.launcher.tasks.mend_usage_drift", "schedule": 300.0},
    "days-that-are-over": {
        "task": "datalab.usage.tasks.close_days_that_are_over",
        "schedule": 600.0,
    },
    "quota-grants-that-end": {
        "task": "datalab.quotas.tasks.end_quota_grants",
        "schedule": 15.0,
    },
    "pods-that-sign-in": {
        "task": "datalab.launcher.tasks.mend_admissions",
        "schedule": 300.0,
    },
    "charts-that-nobody-uses": {
        "task": "datalab.launcher.tasks.forget_unused_charts",
        "schedule": 6 * 3600.0,
    },
    "quota-drift": {"task": "datalab.launcher.tasks.mend_quota_drift", "schedule": 300.0},
    "events-that-are-old": {
        "task": "datalab.audit.tasks.forget_old_events",
        "schedule": 6 * 3600.0,
    },
    "acting-that-ended": {
        "task": "datalab.accounts.tasks.end_acting_sessions",
        "schedule": 30.0,
    },
    "webhooks-that-are-due": {
        "task": "datalab.audit.tasks.deliver_due_webhooks",
        "schedule": 5.0,
    },
    "denials-that-repeated": {
        "task": "datalab.audit.tasks.count_denials",
        "schedule": 60.0,
    },
    "sessions-that-ended": {
        "task": "datalab.accounts.tasks.forget_expired_sessions",
        "schedule": 3600.0,
    },
}


def schedule(*, embedded: bool, local: bool) -> dict[str, dict[str, Any]]:
    """Tasks and seconds. `local`: tools run on this machine."""
    every = {
        **_EVERY,
        "secrets-that-changed": {
            "task": "datalab.launcher.tasks.refresh_secrets",
            # On a cluster the node takes a minute to show them, and several workers sweep.
            "schedule": 4.0 if local else 15.0,
        },
    }
    if embedded:
        every["sign-ins-that-ended"] = {
            "task": "datalab.embedded.provider.tasks.forget_expired",
            "schedule": 3600.0,
        }
    return every
