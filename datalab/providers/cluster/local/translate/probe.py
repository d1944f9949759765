"""When a container counts as ready."""

from dataclasses import replace

from datalab.providers.cluster.local.spec import Probe
from datalab.providers.cluster.local.translate.fields import Fields, refused

_BY_ENDING = "A tool is started again when it ends, not when a probe finds it ill"
_FROM_START = "Readiness is asked from the first moment"
_HERE = ("", "localhost", "127.0.0.1")


def read_probe(container: Fields, ports: dict[str, int], port: int) -> Probe:
    """Readiness and startup probe in one, else whether `port` can be connected to."""
    container.leave_out(_BY_ENDING, "livenessProbe")
    given = [
        _probe(container.inner(key), ports, port)
        for key in ("startupProbe", "readinessProbe")
        if container.has(key)
    ]
    if given:
        # What the readiness probe asks, as often and as long as the startup probe allows.
        return replace(given[0], path=given[-1].path, timeout=given[-1].timeout)
    container.notes.add("Without a readiness probe a tool is ready once its port answers")
    return Probe(path=None, period=1, timeout=1, failure_threshold=3)


def _probe(fields: Fields, ports: dict[str, int], port: int) -> Probe:
    path = None
    if fields.has("httpGet"):
        action = fields.inner("httpGet", where=fields.where)
        path = action.text("path", "/") or "/"
        action.refuse_unless("scheme", "HTTP")
        if not path.startswith("/"):
            path = f"/{path}"
    else:
        if not fields.has("tcpSocket"):
            fields.close()  # names exec or grpc
            raise refused(f"{fields.where}: it names no way to ask.")
        action = fields.inner("tcpSocket", where=fields.where)
    action.refuse_unless("host", *_HERE)
    asked = resolve_port(action.take("port"), ports, where=fields.where)
    action.close()
    if asked != port:
        raise refused(f"{fields.where}: it asks port {asked}, and only {port} is reached here.")
    fields.leave_out(_FROM_START, "initialDelaySeconds")
    fields.drop("successThreshold", "terminationGracePeriodSeconds")
    probe = Probe(
        path=path,
        period=fields.number("periodSeconds", 10) or 10,
        timeout=fields.number("timeoutSeconds", 1) or 1,
        failure_threshold=fields.number("failureThreshold", 3) or 3,
    )
    fields.close()
    return probe


def resolve_port(port: object, ports: dict[str, int], *, where: str) -> int:
    """A number, or the name of one of the container's `ports`."""
    if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536:
        return port
    if isinstance(port, str) and port in ports:
        return ports[port]
    if isinstance(port, str) and port.isdecimal():
        return resolve_port(int(port), ports, where=where)
    raise refused(f"{where}: the container has no port {str(port)[:40]!r}.")
