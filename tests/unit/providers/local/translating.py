"""A small chart as manifests, to be changed at one place by each test."""

import base64
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import yaml

from datalab.providers.cluster.local.spec import ProcessSpec, Translation
from datalab.providers.cluster.local.translate import translate

Manifest = dict[str, Any]

WORKLOAD = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: dl-acme, labels: {app: web}}
spec:
  replicas: 1
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, team: "7"}, annotations: {note: "read me"}}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 12
      securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000}
      containers:
        - name: app
          image: example.test/web:1
          command: [serve]
          workingDir: /work
          envFrom:
            - configMapRef: {name: conf}
            - prefix: S_
              secretRef: {name: keys}
          env:
            - {name: PLAIN, value: plain}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - name: CPU
              valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}
          ports: [{name: http, containerPort: 8000, protocol: TCP}]
          readinessProbe: {httpGet: {path: /ok, port: http}, periodSeconds: 5}
          resources:
            requests: {cpu: 250m, memory: 1Gi}
            limits: {cpu: 1500m, memory: 2Gi}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          volumeMounts:
            - {name: home, mountPath: /home/me}
            - {name: conf, mountPath: /srv/conf, readOnly: true}
            - {name: shm, mountPath: /dev/shm}
            - {name: mixed, mountPath: /srv/mixed}
      volumes:
        - {name: home, persistentVolumeClaim: {claimName: home}}
        - {name: conf, configMap: {name: conf, items: [{key: A, path: sub/a}]}}
        - {name: shm, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
        - name: mixed
          projected:
            defaultMode: 0400
            sources:
              - secret: {name: keys}
              - downwardAPI: {items: [{path: who, fieldRef: {fieldPath: metadata.namespace}}]}
"""
AROUND = f"""
- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: conf}}, data: {{A: "1", B: "2"}}}}
- apiVersion: v1
  kind: Secret
  metadata: {{name: keys}}
  type: Opaque
  data: {{KEY: {base64.b64encode(b"s3cret").decode()}}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {{name: home}}
  spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
- apiVersion: v1
  kind: Service
  metadata: {{name: web}}
  spec:
    type: ClusterIP
    selector: {{app: web}}
    ports: [{{name: http, port: 80, targetPort: http, protocol: TCP}}]
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: {{name: web}}
  spec:
    rules:
      - host: web.test
        http:
          paths:
            - path: /
              pathType: Prefix
              backend: {{service: {{name: web, port: {{name: http}}}}}}
"""
_CHART: list[Manifest] = [yaml.safe_load(WORKLOAD), *yaml.safe_load(AROUND)]
POD = "spec.template.spec"
APP = f"{POD}.containers.0"
GONE = object()


def chart() -> list[Manifest]:
    """The workload first, then what stands around it, each its own copy."""
    return deepcopy(_CHART)


def put(manifest: Manifest, path: str, value: Any) -> None:
    """Set the place at a dotted path, or remove it for GONE. Missing mappings are made."""
    place: Any = manifest
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        place = place[step] if isinstance(step, int) else place.setdefault(step, {})
    if value is GONE:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value


def changed(changes: dict[str, Any], *more: Manifest) -> list[Manifest]:
    """The chart with changes to its workload (or to `Kind:path`), and more manifests."""
    manifests = chart()
    for where, value in changes.items():
        kind, colon, path = where.partition(":")
        if not colon:
            kind, path = "StatefulSet", where
        put(next(one for one in manifests if one["kind"] == kind), path, value)
    return [*manifests, *deepcopy(more)]


def translated(manifests: list[Manifest]) -> Translation:
    return translate(manifests, release="web", namespace="dl-acme")


def process(changes: dict[str, Any] | None = None) -> ProcessSpec:
    return translated(changed(changes or {})).process


def places(node: Any, path: str = "") -> Iterator[str]:
    """Every dotted path of a manifest."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        here = f"{path}.{key}" if path else str(key)
        yield here
        if isinstance(value, dict | list):
            yield from places(value, here)
