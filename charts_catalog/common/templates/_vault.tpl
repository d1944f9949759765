{{/*
The chosen secrets: each value a file /vault/secrets/NAME, and env.sh, which the workload's command
reads before it becomes the tool. By the Vault Agent injector, or, where the platform says so, from a
Secret that it keeps. Where it writes the files itself (one machine, no cluster), neither is looked at.
*/}}
{{- define "common.vault.annotations" -}}
{{- with .Values.datalab -}}
vault.hashicorp.com/agent-inject: "true"
vault.hashicorp.com/role: {{ .vaultRole | quote }}
vault.hashicorp.com/agent-service-account-token-volume-name: vault-token
vault.hashicorp.com/agent-run-as-same-user: "true"
vault.hashicorp.com/agent-auto-auth-exit-on-err: "true"
{{- with .vaultAgent }}
{{- /* Asked for and limited alike, so that the quota counts what it may use. */}}
vault.hashicorp.com/agent-requests-cpu: {{ .cpu | quote }}
vault.hashicorp.com/agent-limits-cpu: {{ .cpu | quote }}
vault.hashicorp.com/agent-requests-mem: {{ .memory | quote }}
vault.hashicorp.com/agent-limits-mem: {{ .memory | quote }}
{{- end }}
vault.hashicorp.com/agent-inject-secret-env.sh: {{ printf "%s/data/%s/%s" .vaultMount .tenant (first .secrets) | quote }}
vault.hashicorp.com/agent-inject-perms-env.sh: "0400"
vault.hashicorp.com/agent-inject-template-env.sh: |
  {{- $at := printf "%s/data/%s" .vaultMount .tenant }}
  {{- range .secrets }}
  {{ printf `{{- with secret "%s/%s" }}{{ range $k, $v := .Data.data }}` $at . }}
  {{- /* Not 0400: the agent writes it again when the secret changes, and is no root. */}}
  {{- `{{ $v | writeToFile (printf "/vault/secrets/%s" $k) "" "" "0600" }}` }}
  {{- `export {{ $k }}='{{ $v | replaceAll "'" "'\\''" }}'` }}
  {{ `{{ end }}{{ end -}}` }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* "injector", "secret", or nothing: none are chosen. */}}
{{- define "common.vault.way" -}}
{{- with .Values.datalab -}}
{{- if .secrets }}{{ ternary "secret" "injector" (ne (.secretName | default "") "") }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "common.vault.secretVolume" -}}
- name: chosen-secrets
  secret:
    secretName: {{ .Values.datalab.secretName | quote }}
    defaultMode: 0440
{{- end -}}

{{- define "common.vault.volume" -}}
- name: vault-token
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: vault
          expirationSeconds: 600
{{- end -}}
