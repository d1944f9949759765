{{/*
The platform's front door has asked already who comes in. MLflow itself answers only to its own
host name, against DNS rebinding, and fetches and stores all artifacts with the tenant's keys.
*/}}
{{- define "mlflow.tool" -}}
{{- $folder := .Values.mlflow.folder | default .Values.datalab.service | default .Release.Name -}}
home: /mlflow
port: 5000
ready: /health
command:
  - mlflow
  - server
  - --host=0.0.0.0
  - --port=5000
  - --workers=1
  - --backend-store-uri=sqlite:////mlflow/mlflow.db
  - --serve-artifacts
  - --artifacts-destination={{ ternary (printf "s3://%s/mlflow/%s" .Values.datalab.bucket $folder) "/mlflow/artifacts" (ne .Values.datalab.bucket "") }}
  - --allowed-hosts={{ printf "%s,127.0.0.1,127.0.0.1:5000,localhost,localhost:5000" .Values.datalab.host | trimPrefix "," }}
  {{- with .Values.datalab.origin }}
  - --cors-allowed-origins={{ . }}
  {{- end }}
env:
  # Its job runners would double the memory, and nothing here uses them.
  - name: MLFLOW_SERVER_ENABLE_JOB_EXECUTION
    value: "false"
  {{- with .Values.datalab.s3Endpoint }}
  - name: MLFLOW_S3_ENDPOINT_URL
    value: {{ . | quote }}
  {{- end }}
{{- end -}}
