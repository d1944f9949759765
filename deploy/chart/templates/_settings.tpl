{{/* What every part is told, as YAML: no secret is among it. */}}
{{- define "datalab.settings" -}}
{{- $v := .Values }}
{{- if and (eq $v.vault.delivery "external-secrets") (not $v.vault.kubernetesAuth) }}{{ fail "vault.kubernetesAuth: External Secrets signs in there for each service; say where it is mounted" }}{{ end }}
{{- $ours := dict
    "DATALAB_PROFILE" "production"
    "DATALAB_CLUSTER" "kubernetes"
    "DATALAB_STATE_DIR" "/state"
    "DATALAB_ORIGIN" $v.origin
    "DATALAB_SERVICE_DOMAIN" (include "datalab.domain" .)
    "DATALAB_TRUSTED_PROXIES" (include "datalab.proxies" .)
    "DATALAB_PROXY_NETWORKS" (join "," (concat (list "127.0.0.0/8") $v.proxyNetworks))
    "DATALAB_GATE_ADDRESS" "0.0.0.0"
    "DATALAB_METRICS_PORT" "9100"
    "DATALAB_METRICS_ADDRESS" "0.0.0.0"
    "DATALAB_PORTAL_THREADS" ($v.portal.threads | toString)
    "DATALAB_DATABASE_URL" (printf "postgresql://%s@%s:%v/%s?sslmode=%s&sslrootcert=%s" $v.database.user $v.database.host $v.database.port $v.database.name $v.database.sslMode (include "datalab.ca" .))
    "DATALAB_BROKER_URL" $v.broker.url
    "DATALAB_BROKER_CA_FILE" (include "datalab.ca" .)
    "DATALAB_OIDC_ISSUER" $v.oidc.issuer
    "DATALAB_OIDC_CLIENT_ID" $v.oidc.clientId
    "DATALAB_OIDC_SCOPES" $v.oidc.scopes
    "DATALAB_OIDC_GROUPS_CLAIM" $v.oidc.groupsClaim
    "DATALAB_OIDC_ALGORITHM" $v.oidc.algorithm
    "DATALAB_GROUP_RULES" ($v.groupRules | toJson)
    "DATALAB_VAULT_ADDRESS" $v.vault.address
    "DATALAB_VAULT_ROLE_ID" $v.vault.roleId
    "DATALAB_VAULT_MOUNT" $v.vault.mount
    "DATALAB_VAULT_CA_FILE" (include "datalab.ca" .)
    "DATALAB_S3_ENDPOINT" $v.s3.endpoint
    "DATALAB_S3_STS_ENDPOINT" $v.s3.stsEndpoint
    "DATALAB_S3_PUBLIC_ENDPOINT" $v.s3.publicEndpoint
    "DATALAB_TOOLS_S3_ENDPOINT" ($v.s3.toolsEndpoint | default $v.s3.endpoint)
    "DATALAB_S3_REGION" $v.s3.region
    "DATALAB_S3_ROLE_ARN" $v.s3.roleArn
    "DATALAB_VAULT_KUBERNETES_AUTH" $v.vault.kubernetesAuth
    "DATALAB_SECRET_DELIVERY" $v.vault.delivery
    "DATALAB_CLUSTER_GROWS" ($v.clusterGrows | toString)
    "DATALAB_FRONT_DOOR_NAMESPACES" .Release.Namespace
    "DATALAB_TENANT_ACCOUNTS" (printf "%s/%s,%s/%s" .Release.Namespace (include "datalab.of" (list . "portal")) .Release.Namespace (include "datalab.of" (list . "gate")))
    "DATALAB_TENANT_ROLE" (printf "%s-%s" .Release.Namespace (include "datalab.of" (list . "tenant")))
    "DATALAB_TENANT_INTERNET" ($v.tenants.internet | toString)
    "DATALAB_TENANT_BLOCKED_NETWORKS" (join "," $v.tenants.blockedNetworks)
    "DATALAB_TENANT_OPENINGS" ($v.tenants.openings | toJson)
    "DATALAB_GPU_NAMES" (join "," $v.tenants.gpus)
    "DATALAB_EMAIL_URL" $v.email.url
    "DATALAB_EMAIL_FROM" $v.email.from
    "DATALAB_EMAIL_CA_FILE" (include "datalab.ca" .)
    "DATALAB_ALLOWED_IMAGES" (join "," $v.allowedImages)
    "DATALAB_KUBE_VERSION" (printf "%s.%s.0" .Capabilities.KubeVersion.Major (regexFind "[0-9]+" .Capabilities.KubeVersion.Minor))
    "SSL_CERT_FILE" (include "datalab.ca" .)
    "REQUESTS_CA_BUNDLE" (include "datalab.ca" .)
    "AWS_CA_BUNDLE" (include "datalab.ca" .)
}}
{{- if $v.presets }}
{{- $ours = merge $ours (dict "DATALAB_PRESETS" ($v.presets | toJson)) }}
{{- end }}
{{- if $v.credentials.tlsSecret }}
{{- $ours = merge $ours (dict
    "DATALAB_CREDENTIALS_PORT" "8443"
    "DATALAB_CREDENTIALS_CERTIFICATE" "/run/secrets/credentials/tls.crt"
    "DATALAB_CREDENTIALS_KEY" "/run/secrets/credentials/tls.key"
    "DATALAB_CREDENTIALS_AUTHORITY_FILE" "/etc/datalab/authority/ca.crt"
    "DATALAB_CREDENTIALS_RELAY_IMAGE" $v.credentials.relayImage
    "DATALAB_CREDENTIALS_RELAY_UPSTREAM" (printf "https://%s.%s.svc:8443" (include "datalab.of" (list . "gate")) .Release.Namespace)) }}
{{- end }}
{{- range $name, $value := $v.settings }}
{{- if hasKey $ours $name }}{{ fail (printf "settings.%s: the chart sets it from a value of its own; see docs/operators/kubernetes.md" $name) }}{{ end }}
{{- end }}
{{- toYaml (merge (dict) $ours $v.settings) }}
{{- end }}

{{/* Which part reads which secret, under which name. */}}
{{- define "datalab.secrets" -}}
{{- $named := dict
    "secretKey" "DATALAB_SECRET_KEY"
    "gateSecret" "DATALAB_GATE_SECRET"
    "databasePassword" "DATALAB_DATABASE_PASSWORD"
    "brokerPassword" "DATALAB_BROKER_PASSWORD"
    "oidcClientSecret" "DATALAB_OIDC_CLIENT_SECRET"
    "vaultSecretId" "DATALAB_VAULT_SECRET_ID"
    "s3AccessKey" "DATALAB_S3_ACCESS_KEY"
    "s3SecretKey" "DATALAB_S3_SECRET_KEY"
    "emailPassword" "DATALAB_EMAIL_PASSWORD"
    "metricsToken" "DATALAB_METRICS_TOKEN" }}
{{- $read := dict
    "portal" (list "secretKey" "databasePassword" "brokerPassword" "oidcClientSecret" "vaultSecretId" "s3AccessKey" "s3SecretKey" "emailPassword" "metricsToken")
    "gate" (list "secretKey" "databasePassword" "gateSecret" "oidcClientSecret" "s3AccessKey" "s3SecretKey")
    "worker" (list "secretKey" "databasePassword" "brokerPassword" "oidcClientSecret" "vaultSecretId" "s3AccessKey" "s3SecretKey" "emailPassword" "metricsToken")
    "beat" (list "secretKey" "brokerPassword")
    "watcher" (list "secretKey" "databasePassword" "brokerPassword" "metricsToken")
    "migration" (list "secretKey" "databasePassword") }}
{{- $root := index . 0 }}
{{- $found := list }}
{{- range $one := index $read (index . 1) }}
{{- $source := index $root.Values.secrets $one }}
{{- if $source.key }}
{{- $from := $source.existingSecret | default $root.Values.existingSecret }}
{{- if not $from }}{{ fail (printf "existingSecret: name the Secret that holds %s, or say secrets.%s.existingSecret" $source.key $one) }}{{ end }}
{{- $found = append $found (dict "name" (index $named $one) "secret" $from "key" $source.key) }}
{{- end }}
{{- end }}
{{- dict "found" $found | toYaml }}
{{- end }}

{{- define "datalab.environment" -}}
{{- range (include "datalab.secrets" . | fromYaml).found }}
- name: {{ .name }}_FILE
  value: /run/secrets/datalab/{{ .name }}
{{- end }}
{{- end }}
