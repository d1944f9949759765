{{/* What stands around the workload: its address, its storage, its borders. */}}

{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "common.metadata" .root | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "common.selector" .root | nindent 4 }}
  ports:
    - name: http
      port: {{ .tool.port }}
      targetPort: http
      protocol: TCP
{{- end -}}

{{- define "common.ingress" -}}
{{- if .root.Values.ingress.enabled -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "common.metadata" .root | nindent 2 }}
  {{- with .root.Values.ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .root.Values.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  rules:
    - host: {{ required "ingress.host is needed where ingress.enabled is true" .root.Values.ingress.host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ include "common.name" .root }}
                port:
                  name: http
{{- end -}}
{{- end -}}

{{- define "common.storage" -}}
{{- with .Values.persistence -}}
{{- if and .enabled (not .existingClaim) -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "common.metadata" $ | nindent 2 }}
  {{- if .keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
spec:
  accessModes:
    - ReadWriteOnce
  {{- with .storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .size | quote }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "common.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "common.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}

{{/*
In: only the platform's front door. Out: everything but link-local addresses (cloud metadata lives
there) and what the installation adds to `blocked`.
*/}}
{{- define "common.networkPolicy" -}}
{{- with .root.Values.networkPolicy -}}
{{- if .enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "common.metadata" $.root | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" $.root | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .platformNamespace }}
      ports:
        - port: http
          protocol: TCP
  egress:
    - to:
        - namespaceSelector: {}
      ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except:
              {{- concat (list "169.254.0.0/16") .blocked | toYaml | nindent 14 }}
        - ipBlock:
            cidr: ::/0
            except:
              - fe80::/10
              - fd00:ec2::254/128
{{- end -}}
{{- end -}}
{{- end -}}

{{/* All of it, in the order in which people read it. */}}
{{- define "common.all" -}}
{{- with .tool.Error }}{{ fail (printf "the tool's description is no YAML: %s" .) }}{{ end -}}
{{- $documents := list
    (include "common.serviceAccount" .root)
    (include "common.networkPolicy" .)
    (include "common.storage" .root)
    (include "common.service" .)
    (include "common.ingress" .)
    (include "common.workload" .) -}}
{{- range $documents -}}
{{- with trim . }}
---
{{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "common.notes" -}}
{{- with .Values.datalab.origin -}}
Open it at {{ . }}
{{ end -}}
{{- if not .Values.persistence.enabled -}}
Nothing in its home folder outlives the service: persistent storage is off.
{{- else if .Values.persistence.keep -}}
Its home folder stays when the service is removed.
{{- else -}}
Its home folder is removed with the service.
{{- end -}}
{{- end -}}
