{{/* A part's pod: (list root component containers options). Options: mountsToken, termination. */}}
{{- define "datalab.pod" -}}
{{- $root := index . 0 }}{{- $component := index . 1 }}{{- $containers := index . 2 }}
{{- $options := index . 3 }}
{{- $own := index $root.Values $component }}
serviceAccountName: {{ include "datalab.of" (list $root $component) }}
automountServiceAccountToken: {{ $options.mountsToken | default false }}
# Else a Service called datalab-gate is in every environment as DATALAB_GATE_PORT=tcp://….
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $options.termination | default 30 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $own.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "datalab.selector" (list $root $component) | nindent 8 }}
  {{- end }}
{{ $containers }}
{{- end }}

{{/* What all of our own containers have: (list root component). */}}
{{- define "datalab.container" -}}
image: {{ include "datalab.image" (dict "repository" (index . 0).Values.image.repository "tag" ((index . 0).Values.image.tag | default (index . 0).Chart.AppVersion) "digest" (index . 0).Values.image.digest) }}
imagePullPolicy: {{ (index . 0).Values.image.pullPolicy }}
resources: {{- toYaml (index (index . 0).Values (index . 1)).resources | nindent 2 }}
{{ include "datalab.confined" . }}
volumeMounts:
  - {name: state, mountPath: /state}
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/datalab, readOnly: true}
  {{- if and (eq (index . 1) "gate") (index . 0).Values.credentials.tlsSecret }}
  - {name: credentials, mountPath: /run/secrets/credentials, readOnly: true}
  {{- end }}
  {{- if (index . 0).Values.credentials.tlsSecret }}
  - {name: authority, mountPath: /etc/datalab/authority, readOnly: true}
  {{- end }}
  {{- if (index . 0).Values.caBundle.configMap }}
  - {name: ca, mountPath: /etc/datalab/ca, readOnly: true}
  {{- end }}
{{- end }}

{{- define "datalab.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "datalab.volumes" -}}
volumes:
  - name: state
    emptyDir: {sizeLimit: 2Gi}
  - name: tmp
    emptyDir: {sizeLimit: 1Gi}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range (include "datalab.secrets" . | fromYaml).found }}
        - secret:
            name: {{ .secret }}
            items: [{key: {{ .key }}, path: {{ .name }}}]
        {{- end }}
  {{- if and (eq (index . 1) "gate") (index . 0).Values.credentials.tlsSecret }}
  - name: credentials
    secret: {secretName: {{ (index . 0).Values.credentials.tlsSecret }}, defaultMode: 0440}
  {{- end }}
  {{- with (index . 0).Values.credentials.tlsSecret }}
  - name: authority
    secret: {secretName: {{ . }}, items: [{key: ca.crt, path: ca.crt}], defaultMode: 0444}
  {{- end }}
  {{- with (index . 0).Values.caBundle }}
  {{- if .configMap }}
  - name: ca
    configMap: {name: {{ .configMap }}, items: [{key: {{ .key }}, path: {{ .key }}}]}
  {{- end }}
  {{- end }}
{{- end }}

{{/* Settings and secrets of a Deployment's container. */}}
{{- define "datalab.told" -}}
envFrom:
  - configMapRef: {name: {{ include "datalab.of" (list (index . 0) "settings") }}}
env: {{- include "datalab.environment" . | nindent 2 }}
{{- end }}

{{/* Pods are made anew when what they read at their start has changed. */}}
{{- define "datalab.podMetadata" -}}
labels: {{- include "datalab.labels" . | nindent 2 }}
annotations:
  datalab.io/settings: {{ include "datalab.settings" (index . 0) | sha256sum | trunc 16 }}
{{- end }}
