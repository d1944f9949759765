{{/*
The workload: one replica, so that two processes never write to one home folder.

tool:
  home          where the kept volume is mounted; also HOME and the working directory
  port          what the tool listens on
  ready         the path that answers 200 once the tool can be used
  command       the tool and its arguments, a list: no shell is in between
  prepare       (optional) shell lines to run before it
  env           (optional) list of {name, value}
  volumes, volumeMounts   (optional)
*/}}
{{- define "common.workload" -}}
{{- $root := .root -}}
{{- $tool := .tool -}}
{{- $values := $root.Values -}}
{{- $way := include "common.vault.way" $root -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "common.metadata" $root | nindent 2 }}
spec:
  replicas: {{ ternary 0 1 (default false $values.global.suspend) }}
  serviceName: {{ include "common.name" $root }}
  selector:
    matchLabels:
      {{- include "common.selector" $root | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "common.labels" $root | nindent 8 }}
      {{- if eq $way "injector" }}
      annotations:
        {{- include "common.vault.annotations" $root | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "common.name" $root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if $values.datalab.relay.image }}
      initContainers:
        {{- include "common.relay.container" $root | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $root.Chart.Name }}
          {{- include "common.container" . | nindent 10 }}
      volumes:
        - name: home
          {{- if $values.persistence.enabled }}
          persistentVolumeClaim:
            claimName: {{ include "common.claim" $root }}
          {{- else }}
          emptyDir:
            sizeLimit: {{ $values.persistence.size | quote }}
          {{- end }}
        - name: shm
          emptyDir:
            medium: Memory
            sizeLimit: 256Mi
        {{- if eq $way "injector" }}
        {{- include "common.vault.volume" $root | nindent 8 }}
        {{- else if eq $way "secret" }}
        {{- include "common.vault.secretVolume" $root | nindent 8 }}
        {{- end }}
        {{- if $values.datalab.relay.image }}
        {{- include "common.relay.volumes" $root | nindent 8 }}
        {{- end }}
        {{- with $tool.volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end -}}

{{- define "common.container" -}}
{{- $root := .root -}}
{{- $tool := .tool -}}
{{- $values := $root.Values -}}
{{- $home := $tool.home -}}
image: {{ printf "%s:%s" $values.image.repository $values.image.tag | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
command:
  {{- include "common.command" . | nindent 2 }}
workingDir: {{ $home }}
env:
  - name: HOME
    value: {{ $home }}
  {{- include "common.env.s3" $root | nindent 2 }}
  {{- with $tool.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with include "common.env.extra" $root }}
  {{- . | nindent 2 }}
  {{- end }}
ports:
  - name: http
    containerPort: {{ $tool.port }}
    protocol: TCP
{{- /* The start may take minutes (a first start on a slow disk); afterwards silence is a fault. */}}
startupProbe:
  httpGet:
    path: {{ $tool.ready }}
    port: http
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 300
readinessProbe:
  httpGet:
    path: {{ $tool.ready }}
    port: http
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet:
    path: {{ $tool.ready }}
    port: http
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 6
resources:
  {{- include "common.resources" $root | nindent 2 }}
securityContext:
  runAsNonRoot: true
  {{- /* Said again here because the Vault Agent injector reads it from the container only. */}}
  runAsUser: 1000
  runAsGroup: 1000
  allowPrivilegeEscalation: false
  privileged: false
  capabilities:
    drop:
      - ALL
  seccompProfile:
    type: RuntimeDefault
volumeMounts:
  - name: home
    mountPath: {{ $home }}
  - name: shm
    mountPath: /dev/shm
  {{- if $values.datalab.relay.image }}
  - name: datalab-pod
    mountPath: /var/run/datalab
    readOnly: true
  {{- end }}
  {{- if eq (include "common.vault.way" $root) "secret" }}
  - name: chosen-secrets
    mountPath: /vault/secrets
    readOnly: true
  {{- end }}
  {{- with $tool.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* The tool's own arguments stay arguments: the shell that reads the secrets only execs "$@". */}}
{{- define "common.command" -}}
{{- $lines := list -}}
{{- if .root.Values.datalab.secrets -}}
{{- $lines = append $lines ". /vault/secrets/env.sh" -}}
{{- end -}}
{{- with .tool.prepare -}}
{{- $lines = append $lines . -}}
{{- end -}}
{{- $command := .tool.command -}}
{{- if $lines -}}
{{- $command = concat (list "/bin/sh" "-c" (printf "%s && exec \"$@\"" (join " && " $lines)) "sh") $command -}}
{{- end -}}
{{- toYaml $command -}}
{{- end -}}

{{- define "common.resources" -}}
{{- $gpu := int (index .Values.resources.limits "nvidia.com/gpu" | default 0) -}}
requests:
  cpu: {{ .Values.resources.requests.cpu | quote }}
  memory: {{ .Values.resources.requests.memory | quote }}
limits:
  cpu: {{ .Values.resources.limits.cpu | quote }}
  memory: {{ .Values.resources.limits.memory | quote }}
  {{- if gt $gpu 0 }}
  nvidia.com/gpu: {{ $gpu | quote }}
  {{- end }}
{{- end -}}
