{{/*
JupyterLab's own sign-in is off: the platform's front door has asked already, on every request.
Its cross-site protection stays on, and only its own origin may call it. It does not ask to be told
news: nothing of it could be fetched. Whoever works in it may change that file.
*/}}
{{- define "jupyter.tool" -}}
home: /home/jovyan
port: 8888
ready: /api/status
prepare: {{ printf "mkdir -p \"$HOME/.jupyter/labconfig\" && { [ -e \"$HOME/.jupyter/labconfig/page_config.json\" ] || printf %%s '%s' > \"$HOME/.jupyter/labconfig/page_config.json\"; }" (dict "disabledExtensions" (dict "@jupyterlab/apputils-extension:announcements" true) | toJson) | quote }}
command:
  - jupyter-lab
  - --ServerApp.ip=0.0.0.0
  - --ServerApp.port=8888
  - --ServerApp.port_retries=0
  - --ServerApp.base_url=/
  - --ServerApp.root_dir=/home/jovyan
  - --ServerApp.default_url=/{{ .Values.jupyter.opens }}
  - --ServerApp.allow_remote_access=True
  {{- with .Values.datalab.origin }}
  - --ServerApp.allow_origin={{ . }}
  {{- end }}
  - --IdentityProvider.token=
  - --PasswordIdentityProvider.hashed_password=
  - '--ServerApp.terminado_settings={"shell_command": ["/bin/bash"]}'
  - --ServerApp.quit_button=False
  - --ServerApp.open_browser=False
  - --MappingKernelManager.cull_idle_timeout={{ mul 60 (int .Values.jupyter.idleKernelMinutes) }}
  - --LabApp.news_url=None
  - --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
env:
  - name: SHELL
    value: /bin/bash
  # `pip install` puts packages into the home folder, which outlives a pause.
  - name: PIP_TARGET
    value: /home/jovyan/.local/lib/python
  - name: PYTHONPATH
    value: /home/jovyan/.local/lib/python
  - name: PIP_UPGRADE
    value: "1"
{{- end -}}
