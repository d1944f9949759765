{{/*
VS Code's own sign-in is off: the platform's front door has asked already, on every request.
Settings of a new workspace are written once; whoever works in it may change them.
*/}}
{{- define "vscode.tool" -}}
{{- $settings := dict "chat.disableAIFeatures" true "telemetry.telemetryLevel" "off" "update.mode" "none" "extensions.autoCheckUpdates" false "workbench.startupEditor" "none" "security.workspace.trust.enabled" false "workbench.colorTheme" .Values.vscode.colorTheme -}}
home: /home/coder
port: 8080
ready: /healthz
prepare: {{ printf "mkdir -p \"$HOME/.local/share/code-server/User\" && { [ -e \"$HOME/.local/share/code-server/User/settings.json\" ] || printf %%s '%s' > \"$HOME/.local/share/code-server/User/settings.json\"; }" ($settings | toJson) | quote }}
command:
  - code-server
  - --bind-addr=0.0.0.0:8080
  - --auth=none
  - --disable-telemetry
  - --disable-update-check
  - --disable-workspace-trust
  - --disable-getting-started-override
  {{- with .Values.datalab.host }}
  - --trusted-origins={{ . }}
  {{- end }}
  - /home/coder
env:
  - name: SHELL
    value: /bin/bash
{{- end -}}
