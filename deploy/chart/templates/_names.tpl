{{- define "datalab.name" -}}
{{- if contains "datalab" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-datalab" (.Release.Name | trunc 32 | trimSuffix "-") }}{{ end }}
{{- end }}

{{/* Takes (list root component). */}}
{{- define "datalab.of" -}}
{{ include "datalab.name" (index . 0) }}-{{ index . 1 }}
{{- end }}

{{- define "datalab.selector" -}}
app.kubernetes.io/name: datalab
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "datalab.labels" -}}
{{ include "datalab.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: datalab-{{ (index . 0).Chart.Version }}
{{- end }}

{{- define "datalab.metadata" -}}
name: {{ include "datalab.of" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels: {{- include "datalab.labels" . | nindent 2 }}
{{- end }}

{{- define "datalab.image" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}
{{- end }}

{{/* The page's host, and the domain that tools are below. */}}
{{- define "datalab.host" -}}
{{ (urlParse .Values.origin).hostname }}
{{- end }}
{{- define "datalab.domain" -}}
{{ .Values.serviceDomain | default (include "datalab.host" .) }}
{{- end }}

{{- define "datalab.ca" -}}
{{- if .Values.caBundle.configMap }}/etc/datalab/ca/{{ .Values.caBundle.key }}{{ else }}/etc/ssl/certs/ca-certificates.crt{{ end }}
{{- end }}

{{- define "datalab.proxies" -}}
{{- if not (kindIs "invalid" .Values.trustedProxies) }}{{ .Values.trustedProxies }}
{{- else }}{{ add (ternary 1 0 .Values.door.enabled) (ternary 1 0 (or .Values.ingress.enabled .Values.gateway.enabled)) }}{{ end }}
{{- end }}
