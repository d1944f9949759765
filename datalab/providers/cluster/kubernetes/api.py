"""The API server's REST interface: plain JSON in and out, a time limit around every call.

The official client finds the cluster, keeps its certificates and renews the token
(https://github.com/kubernetes-client/python). Its object model is left out: a list of pods as
models costs ten times the memory and time of the same list as JSON.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes import config
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject

from datalab.core.errors import ProviderUnavailable
from datalab.core.metrics import CLUSTER_REQUESTS
from datalab.providers.cluster.kubernetes.errors import Expired, refusal

Json = dict[str, Any]

MANAGER = "datalab"
"""Of the fields that we set: https://kubernetes.io/docs/reference/using-api/server-side-apply/"""
PAGE = 500
CONNECT_S = 3.0
ANSWERS_WITHIN_S = 15.0
WATCHED_FOR_S = 300
"""After this the server ends a watch, and it is taken up again where it was."""
QUIET_FOR_S = 90.0
"""Without a word a watch is taken for dead: bookmarks come about every minute."""
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA_ONLY_EACH = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """`version` is where a watch goes on from."""

    items: list[Json]
    version: str


class KubernetesApi:
    """`kubeconfig`: a file with the address and the credentials; None: those of this very pod."""

    def __init__(self, *, kubeconfig: Path | None = None) -> None:
        self._configuration = _configuration(kubeconfig)
        self._pool = RESTClientObject(self._configuration).pool_manager

    # -- one object ------------------------------------------------------------------------------
    def get(self, path: str) -> Json | None:
        """None where it does not exist."""
        return self._json("GET", path, absent_is_none=True)

    def create(self, path: str, body: Mapping[str, Any]) -> Json:
        """`path` is that of the collection. Conflict (409) is a ProviderRefused."""
        return self._json("POST", path, body=body) or {}

    def apply(self, path: str, body: Mapping[str, Any]) -> Json:
        """Make it so, whether it exists or not; fields that others manage stay as they are."""
        query = {"fieldManager": MANAGER, "force": "true"}
        kind = "application/apply-patch+yaml"
        return self._json("PATCH", path, body=body, query=query, content_type=kind) or {}

    def merge(self, path: str, body: Mapping[str, Any]) -> Json | None:
        """A JSON merge patch (RFC 7386). None where the object does not exist."""
        kind = "application/merge-patch+json"
        query = {"fieldManager": MANAGER}
        return self._json(
            "PATCH", path, body=body, query=query, content_type=kind, absent_is_none=True
        )

    def delete(self, path: str, *, grace_s: int | None = None) -> bool:
        """False where it did not exist."""
        query = {"propagationPolicy": "Background"}
        if grace_s is not None:
            query["gracePeriodSeconds"] = str(grace_s)
        return self._json("DELETE", path, query=query, absent_is_none=True) is not None

    def text(self, path: str, **query: str) -> str | None:
        """What is no JSON: a container's log. None where there is no such thing."""
        answer = self._ask("GET", path, query=query, accept="*/*")
        if answer.status == 404:
            return None
        self._check(answer)
        return answer.data.decode("utf-8", "replace")

    def ping(self) -> None:
        """Return within a few seconds where the server works. Raises ProviderError."""
        self._check(self._ask("GET", "/readyz", query={}, accept="*/*", answers_within=CONNECT_S))

    # -- many ------------------------------------------------------------------------------------
    def list(
        self, path: str, *, labels: str = "", fields: str = "", metadata_only: bool = False
    ) -> Listed:
        """All of them."""
        items: list[Json] = []
        version = ""
        for page in self.pages(path, labels=labels, fields=fields, metadata_only=metadata_only):
            items += page.items
            version = page.version
        return Listed(items=items, version=version)

    def pages(
        self, path: str, *, labels: str = "", fields: str = "", metadata_only: bool = False
    ) -> Iterator[Listed]:
        """All of them, some hundred at a time: who keeps little of each needs little memory."""
        query = _query(labelSelector=labels, fieldSelector=fields, limit=str(PAGE))
        accept = METADATA_ONLY if metadata_only else "application/json"
        while True:
            page = self._json("GET", path, query=query, accept=accept) or {}
            found = page.get("metadata") or {}
            version = str(found.get("resourceVersion", ""))
            yield Listed(items=page.get("items") or [], version=version)
            if not found.get("continue"):
                return
            query["continue"] = found["continue"]

    def watch(
        self,
        path: str,
        *,
        since: str,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
    ) -> Iterator[Json]:
        """Changes after `since`: `{"type": ADDED|MODIFIED|DELETED|BOOKMARK, "object": …}`.

        The first is a BOOKMARK of `since`: from then on the server tells what happens. Ends after
        some minutes: go on from the last resourceVersion seen. Raises Expired where the server has
        forgotten that version: list anew.
        https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
        """
        query = _query(
            labelSelector=labels,
            fieldSelector=fields,
            watch="true",
            allowWatchBookmarks="true",
            resourceVersion=since,
            timeoutSeconds=str(WATCHED_FOR_S),
        )
        accept = METADATA_ONLY_EACH if metadata_only else "application/json"
        answer = self._ask(
            "GET", path, query=query, accept=accept, stream=True, answers_within=QUIET_FOR_S
        )
        try:
            if answer.status != 200:
                answer.read(cache_content=True)
                self._check(answer)
            yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": since}}}
            yield from _events(answer)
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster") from exc
        finally:
            answer.close()

    # -- asking ----------------------------------------------------------------------------------
    def _json(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        absent_is_none: bool = False,
    ) -> Json | None:
        answer = self._ask(
            method, path, body=body, query=query or {}, content_type=content_type, accept=accept
        )
        if answer.status == 404 and absent_is_none:
            return None
        self._check(answer)
        found: Json = json.loads(answer.data)
        return found

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        stream: bool = False,
        answers_within: float = ANSWERS_WITHIN_S,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept, "User-Agent": MANAGER}
        if token := self._configuration.get_api_key_with_prefix("BearerToken", "authorization"):
            headers["Authorization"] = token
        if body is not None:
            headers["Content-Type"] = content_type
        CLUSTER_REQUESTS.labels(kind="watch" if stream else "answer").inc()
        try:
            return self._pool.request(
                method,
                f"{self._configuration.host}{path}" + (f"?{urlencode(query)}" if query else ""),
                headers=headers,
                body=None if body is None else json.dumps(body).encode(),
                timeout=urllib3.Timeout(connect=CONNECT_S, read=answers_within),
                retries=False,
                preload_content=not stream,
            )
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster") from exc

    def _check(self, answer: urllib3.BaseHTTPResponse) -> None:
        if answer.status >= 300:
            raise refusal(answer.status, answer.data)


def _configuration(kubeconfig: Path | None) -> Configuration:
    found = Configuration()
    try:
        if kubeconfig is None:
            config.load_incluster_config(client_configuration=found)
        else:
            config.load_kube_config(str(kubeconfig), client_configuration=found)
    except (config.ConfigException, OSError) as exc:
        raise ProviderUnavailable(
            "The cluster's address and credentials cannot be read.", provider="cluster"
        ) from exc
    return found


def _events(answer: urllib3.BaseHTTPResponse) -> Iterator[Json]:
    rest = b""
    for chunk in answer.stream(amt=65536, decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            event: Json = json.loads(line)
            if event["type"] == "ERROR":
                status = event["object"]
                if status.get("code") == 410:
                    raise Expired("The cluster has forgotten that moment.", provider="cluster")
                raise refusal(int(status.get("code", 500)), json.dumps(status).encode())
            yield event


def _query(**parts: str) -> dict[str, str]:
    return {name: value for name, value in parts.items() if value}
