{{/*
The tenant's bucket. No key is here: the AWS SDKs fetch short-lived ones from `credentialsUri`,
and renew them by themselves. The token file is given by the platform. A
relay needs none, but what is written in Rust (polars, Delta Lake) asks nobody where there is no such
file: it gets one with the pod's name, which the relay throws away.
*/}}
{{- define "common.env.s3" -}}
{{- with .Values.datalab -}}
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
{{- if .tenant }}
- name: DATALAB_TENANT
  value: {{ .tenant | quote }}
{{- end }}
{{- if .bucket }}
- name: DATALAB_BUCKET
  value: {{ .bucket | quote }}
{{- end }}
{{- if .s3Endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ .s3Endpoint | quote }}
{{- end }}
{{- if .region }}
- name: AWS_REGION
  value: {{ .region | quote }}
- name: AWS_DEFAULT_REGION
  value: {{ .region | quote }}
{{- end }}
{{- if .credentialsUri }}
- name: AWS_CONTAINER_CREDENTIALS_FULL_URI
  value: {{ .credentialsUri | quote }}
{{- with ternary "/var/run/datalab/pod" .credentialsTokenFile (ne .relay.image "") }}
- name: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the person who launches adds. */}}
{{- define "common.env.extra" -}}
{{- range .Values.extraEnv }}
- name: {{ .name | quote }}
  value: {{ .value | quote }}
{{- end }}
{{- end -}}
