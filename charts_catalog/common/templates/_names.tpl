{{/*
Names and labels. Every template of this library takes a dict with
  root  the chart's own context
  tool  what is particular to the tool: see _workload.tpl
or the chart's context itself where nothing else is needed.
*/}}

{{- define "common.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "common.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "common.labels" -}}
{{ include "common.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: tool
app.kubernetes.io/part-of: datalab
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.datalab.tenant }}
datalab.io/tenant: {{ . | quote }}
{{- end }}
{{- with .Values.datalab.owner }}
datalab.io/owner: {{ . | quote }}
{{- end }}
datalab.io/service: {{ .Values.datalab.service | default .Release.Name | quote }}
{{- end -}}

{{- define "common.metadata" -}}
name: {{ include "common.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "common.labels" . | nindent 2 }}
{{- end -}}

{{- define "common.claim" -}}
{{- .Values.persistence.existingClaim | default (include "common.name" .) -}}
{{- end -}}
