"""Security contexts: the sandbox is an unprivileged user without capabilities, always."""

from datalab.providers.cluster.local.translate.fields import Fields, refused

_ONE_USER = "All files of a tool belong to the one user that it runs as"
_SANDBOX = "The sandbox confines a tool in its own way"
_USER = 1000


def check_pod_security(fields: Fields) -> None:
    fields.leave_out(_ONE_USER, "fsGroup", "fsGroupChangePolicy", "supplementalGroups")
    fields.leave_out(_ONE_USER, "supplementalGroupsPolicy")
    _check_common(fields)
    fields.close()


def check_container_security(fields: Fields) -> None:
    fields.refuse_if_true("privileged", "allowPrivilegeEscalation")
    fields.refuse_unless("procMount", "Default")
    if fields.flag("readOnlyRootFilesystem", default=True) is False:
        fields.notes.add("The system is read-only for a tool", "readOnlyRootFilesystem: false")
    capabilities = fields.inner("capabilities")
    capabilities.drop("drop")  # all are dropped
    capabilities.close()  # names `add`
    _check_common(fields)
    fields.close()


def _check_common(fields: Fields) -> None:
    """Root is refused: the tool would be surprised. Any other user or group becomes the one."""
    fields.flag("runAsNonRoot")
    user, group = fields.number("runAsUser", _USER), fields.number("runAsGroup", _USER)
    if user == 0:
        raise refused(f"{fields.where}: runAsUser cannot be 0 (root) on one machine.")
    for key, number in (("runAsUser", user), ("runAsGroup", group)):
        if number != _USER:
            fields.notes.add(f"A tool runs as user {_USER} of its sandbox", f"{key}: {number}")
    for key in ("seccompProfile", "appArmorProfile"):
        if fields.has(key):
            profile = fields.inner(key)
            profile.refuse_unless("type", "RuntimeDefault", "Unconfined")
            profile.close()
            fields.notes.add(_SANDBOX, key)
    fields.leave_out(_SANDBOX, "seLinuxOptions")
