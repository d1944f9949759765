{{/*
Where a tool is a pod: beside it a relay on the pod's own loopback, which asks the platform for the
bucket's keys with the pod's service account token. The tool sees neither that token nor whom to
believe. The platform says which image; without one there is none (one machine, no cluster).
*/}}
{{- define "common.relay.container" -}}
{{- with .Values.datalab.relay -}}
- name: datalab-credentials
  image: {{ .image | quote }}
  imagePullPolicy: IfNotPresent
  {{- /* A native sidecar: there before the tool, ended after it. */}}
  restartPolicy: Always
  env:
    - name: RELAY_UPSTREAM
      value: {{ .upstream | quote }}
    - name: GOMEMLIMIT
      value: 16MiB
  resources:
    requests:
      cpu: 20m
      memory: 24Mi
    limits:
      cpu: 20m
      memory: 24Mi
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    allowPrivilegeEscalation: false
    privileged: false
    readOnlyRootFilesystem: true
    capabilities:
      drop:
        - ALL
    seccompProfile:
      type: RuntimeDefault
  volumeMounts:
    - name: datalab-token
      mountPath: /var/run/datalab
      readOnly: true
    - name: datalab-authority
      mountPath: /etc/datalab
      readOnly: true
{{- end }}
{{- end -}}

{{- define "common.relay.volumes" -}}
- name: datalab-token
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: datalab
          expirationSeconds: 3600
- name: datalab-pod
  downwardAPI:
    items:
      - path: pod
        fieldRef:
          fieldPath: metadata.name
- name: datalab-authority
  configMap:
    name: {{ .Values.datalab.relay.authority | quote }}
{{- end -}}
