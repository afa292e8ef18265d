{{/* Fixed places. Material from Secrets and ConfigMaps lies under /run/countersign, one folder for each source. */}}
{{- define "countersign.configDir" -}}/etc/countersign{{- end }}
{{- define "countersign.materialDir" -}}/run/countersign{{- end }}
{{- define "countersign.pluginDir" -}}/run/countersign/plugins{{- end }}
{{- define "countersign.webhookPort" -}}9443{{- end }}
{{- define "countersign.opsPort" -}}9080{{- end }}

{{- define "countersign.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "countersign.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "countersign.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "countersign.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "countersign.selectorLabels" -}}
app.kubernetes.io/name: {{ include "countersign.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "countersign.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "countersign.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "countersign.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "countersign.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "countersign.image" -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
{{- end }}

{{- define "countersign.tlsSecretName" -}}
{{- if .Values.tls.certManager.enabled -}}{{ include "countersign.fullname" . }}-tls{{- else -}}{{ .Values.tls.secretName }}{{- end -}}
{{- end }}

{{/* The CA bundle as the API wants it: base64 of PEM. */}}
{{- define "countersign.caBundle" -}}
{{- $given := trim .Values.tls.caBundle -}}
{{- if contains "-----BEGIN" $given -}}{{ printf "%s\n" $given | b64enc }}{{- else -}}{{ $given | nospace }}{{- end -}}
{{- end }}

{{- define "countersign.trustPolicy" -}}
{{- if kindIs "string" .Values.trust.policy -}}{{ .Values.trust.policy }}{{- else -}}{{ toPrettyJson .Values.trust.policy }}{{- end -}}
{{- end }}

{{/*
What the schema cannot judge and the values show. All of that is told at once, each with what to do.
*/}}
{{- define "countersign.validate" -}}
{{- $errors := list -}}
{{- $v := .Values -}}

{{- if not $v.image.repository -}}
{{- $errors = append $errors "image.repository is empty: name the repository that your cluster pulls the Countersign image from" -}}
{{- end -}}

{{- $policy := dict -}}
{{- $readable := false -}}
{{- if not $v.trust.policy -}}
{{- $errors = append $errors "trust.policy is empty: give the Notary Project trust policy document, e.g. --set-file trust.policy=trustpolicy.json" -}}
{{- else if kindIs "string" $v.trust.policy -}}
{{- $policy = fromJson $v.trust.policy -}}
{{- if hasKey $policy "Error" -}}
{{- $errors = append $errors (printf "trust.policy is not a JSON object: %s" (get $policy "Error")) -}}
{{- else -}}
{{- $readable = true -}}
{{- end -}}
{{- else -}}
{{- $policy = $v.trust.policy -}}
{{- $readable = true -}}
{{- end -}}
{{- $statements := get $policy "trustPolicies" -}}
{{- if $readable -}}
{{- if or (not (kindIs "slice" $statements)) (not $statements) -}}
{{- $errors = append $errors "trust.policy has no trustPolicies: a trust policy document needs at least one statement" -}}
{{- end -}}
{{- end -}}

{{- $stores := list -}}
{{- if not $v.trust.stores -}}
{{- $errors = append $errors "trust.stores is empty: name the ConfigMaps or Secrets with the certificates that the policy's stores stand for" -}}
{{- end -}}
{{- range $v.trust.stores -}}
{{- $key := printf "%s:%s" .type .name -}}
{{- if has $key $stores -}}
{{- $errors = append $errors (printf "trust.stores names %s twice: put all its sources into one entry" $key) -}}
{{- end -}}
{{- $stores = append $stores $key -}}
{{- end -}}
{{- if and (kindIs "slice" $statements) $statements -}}
{{- $named := list -}}
{{- range $statements -}}
{{- if kindIs "map" . -}}
{{- $statement := get . "name" -}}
{{- $wanted := get . "trustStores" -}}
{{- if kindIs "slice" $wanted -}}
{{- $named = concat $named $wanted -}}
{{- range $wanted -}}
{{- if not (has . $stores) -}}
{{- $errors = append $errors (printf "trust.policy: statement %q trusts the store %q, which is not under trust.stores" $statement .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range uniq $stores -}}
{{- if not (has . $named) -}}
{{- $errors = append $errors (printf "trust.stores: no statement of trust.policy trusts the store %q: name it in the trustStores of one, or remove it" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if and $v.tls.certManager.enabled $v.tls.secretName -}}
{{- $errors = append $errors "tls.secretName and tls.certManager.enabled exclude each other: choose where the certificate comes from" -}}
{{- else if not (or $v.tls.certManager.enabled $v.tls.secretName) -}}
{{- $errors = append $errors "no serving certificate: set tls.secretName and tls.caBundle, or tls.certManager.enabled=true" -}}
{{- end -}}
{{- if and $v.tls.certManager.enabled $v.tls.caBundle -}}
{{- $errors = append $errors "tls.caBundle must stay empty with tls.certManager.enabled: cert-manager writes it" -}}
{{- end -}}
{{- if and $v.tls.certManager.enabled $v.webhook.url -}}
{{- $errors = append $errors "webhook.url does not go with tls.certManager.enabled, whose certificate is for the Service: use tls.secretName and tls.caBundle" -}}
{{- end -}}
{{- if not $v.tls.certManager.enabled -}}
{{- $bundle := trim $v.tls.caBundle -}}
{{- if not $bundle -}}
{{- if $v.webhook.url -}}
{{- $errors = append $errors "webhook.url needs tls.caBundle: the certificates that the URL's server certificate chains to, in PEM" -}}
{{- else if $v.tls.secretName -}}
{{- $errors = append $errors "tls.secretName needs tls.caBundle: the certificates that the Secret's certificate chains to, e.g. --set-file tls.caBundle=ca.pem" -}}
{{- end -}}
{{- else -}}
{{- $pem := $bundle -}}
{{- if not (contains "-----BEGIN" $bundle) -}}
{{- $pem = $bundle | nospace | b64dec -}}
{{- end -}}
{{- if not (contains "-----BEGIN CERTIFICATE-----" $pem) -}}
{{- $errors = append $errors "tls.caBundle holds no PEM certificate: give PEM, or base64 of PEM" -}}
{{- end -}}
{{- if contains "PRIVATE KEY-----" $pem -}}
{{- $errors = append $errors "tls.caBundle holds a private key: everybody who may read the webhook's registration would see it. Give the certificates only, and replace that key" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if eq $v.webhook.failurePolicy "Ignore" -}}
{{- if eq $v.mode "enforce" -}}
{{- $errors = append $errors "webhook.failurePolicy Ignore does not go with mode enforce: whatever stops the webhook would admit everything" -}}
{{- end -}}
{{- range $v.enforcement.rules -}}
{{- if eq .action "enforce" -}}
{{- $errors = append $errors (printf "webhook.failurePolicy Ignore does not go with the rule %q, which enforces: whatever stops the webhook would admit everything" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $names := list -}}
{{- range $v.enforcement.rules -}}
{{- if has .name $names -}}
{{- $errors = append $errors (printf "enforcement.rules names %q twice" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- if and .userMetadata (eq .action "skip") -}}
{{- $errors = append $errors (printf "enforcement.rules: %q asks for userMetadata and verifies nothing: remove one, or choose another action than skip" .name) -}}
{{- end -}}
{{- end -}}

{{- $registries := list -}}
{{- range $v.registries -}}
{{- if has .match $registries -}}
{{- $errors = append $errors (printf "registries names %q twice" .match) -}}
{{- end -}}
{{- $registries = append $registries .match -}}
{{- if and .plainHttp (hasPrefix "*." .match) -}}
{{- $errors = append $errors (printf "registries: plainHttp does not go with %q: name each host that speaks plain HTTP" .match) -}}
{{- end -}}
{{- if and .plainHttpCredentials (not .plainHttp) -}}
{{- $errors = append $errors (printf "registries: plainHttpCredentials for %q means nothing without plainHttp" .match) -}}
{{- end -}}
{{- if and .plainHttp .ca -}}
{{- $errors = append $errors (printf "registries: ca for %q means nothing with plainHttp" .match) -}}
{{- end -}}
{{- if and .plainHttp .credentials (not .plainHttpCredentials) (not (regexMatch "^(localhost|127\\.[0-9.]+|\\[::1\\])(:[0-9]+)?$" .match)) -}}
{{- $errors = append $errors (printf "registries: credentials are not sent over plain HTTP to %q: remove them, or set plainHttpCredentials if everybody on that network may read them" .match) -}}
{{- end -}}
{{- end -}}

{{- range $kind, $_ := $v.pluginVolume -}}
{{- if eq $kind "image" -}}
{{- $errors = append $errors "pluginVolume: Kubernetes mounts an image volume so that nothing in it can be executed: choose another source, or build an image with the programs" -}}
{{- else if or (eq $kind "name") (not (has $kind (list "azureFile" "cephfs" "configMap" "csi" "downwardAPI" "emptyDir" "ephemeral" "fc" "hostPath" "iscsi" "nfs" "persistentVolumeClaim" "projected" "secret"))) -}}
{{- $errors = append $errors (printf "pluginVolume: %q is no kind of volume source, such as persistentVolumeClaim" $kind) -}}
{{- else if has $kind (list "emptyDir" "downwardAPI") -}}
{{- $errors = append $errors (printf "pluginVolume: nobody puts a program into a volume of the kind %s: name one that holds the programs" $kind) -}}
{{- end -}}
{{- end -}}
{{- $inVolume := printf "%s/" (include "countersign.pluginDir" .) -}}
{{- $used := false -}}
{{- range $v.plugins -}}
{{- if hasPrefix $inVolume .path -}}
{{- $used = true -}}
{{- if not $v.pluginVolume -}}
{{- $errors = append $errors (printf "plugins: the program of %q lies in %s, where nothing is mounted: name its volume under pluginVolume" .name $inVolume) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $v.pluginVolume (not $used) -}}
{{- $errors = append $errors (printf "pluginVolume: no entry of plugins has a path below %s: list a program of the volume, or remove it" $inVolume) -}}
{{- end -}}

{{- if $errors -}}
{{- fail (printf "\n\nCountersign cannot be installed with these values:\n  - %s\n" (join "\n  - " $errors)) -}}
{{- end -}}
{{- end }}

{{/*
The configuration file. Built as a value and printed as YAML, so that no value of the user's can change its structure.
*/}}
{{- define "countersign.configuration" -}}
{{- $material := include "countersign.materialDir" . -}}

{{- $trust := dict "policy" "trustpolicy.json" -}}
{{- $stores := list -}}
{{- range $store := .Values.trust.stores -}}
{{- $files := list -}}
{{- range $index, $source := $store.sources -}}
{{- $files = append $files (printf "%s/trust/%s/%s/%d/*" $material $store.type $store.name $index) -}}
{{- end -}}
{{- $stores = append $stores (dict "type" $store.type "name" $store.name "files" $files) -}}
{{- end -}}
{{- if $stores -}}{{- $_ := set $trust "stores" $stores -}}{{- end -}}

{{- $rules := list -}}
{{- range .Values.enforcement.rules -}}
{{- $rules = append $rules (pick . "name" "match" "action" "userMetadata") -}}
{{- end -}}
{{- $default := dict "action" .Values.mode "onOutage" .Values.enforcement.onOutage -}}
{{- if eq .Values.enforcement.onOutage "lastGood" -}}{{- $_ := set $default "lastGoodAge" .Values.enforcement.lastGoodAge -}}{{- end -}}
{{- $enforcement := dict "unknownKinds" .Values.enforcement.unknownKinds "default" $default -}}
{{- if $rules -}}{{- $_ := set $enforcement "rules" $rules -}}{{- end -}}

{{- $registries := list -}}
{{- range $index, $registry := .Values.registries -}}
{{- $entry := dict "match" $registry.match -}}
{{- if $registry.plainHttp -}}{{- $_ := set $entry "plainHttp" true -}}{{- end -}}
{{- if $registry.plainHttpCredentials -}}{{- $_ := set $entry "plainHttpCredentials" true -}}{{- end -}}
{{- if $registry.ca -}}{{- $_ := set $entry "ca" (printf "%s/registries/%d-ca.pem" $material $index) -}}{{- end -}}
{{- if $registry.tokenServers -}}{{- $_ := set $entry "tokenServers" $registry.tokenServers -}}{{- end -}}
{{- if $registry.credentials -}}
{{- $_ := set $entry "credentials" (dict "dockerConfig" (printf "%s/registries/%d-config.json" $material $index)) -}}
{{- end -}}
{{- $registries = append $registries $entry -}}
{{- end -}}

{{- $server := dict
      "address" (printf "0.0.0.0:%s" (include "countersign.webhookPort" .))
      "ops" (printf "0.0.0.0:%s" (include "countersign.opsPort" .))
      "tls" (dict
        "certificate" (printf "%s/tls/tls.crt" $material)
        "key" (printf "%s/tls/tls.key" $material)) -}}

{{- /* One section after the other, as toYaml sorts the keys of one value. */ -}}
{{- $sections := list
      (dict "apiVersion" "countersign.dev/v1alpha1")
      (dict "kind" "Configuration")
      (dict "trust" $trust)
      (dict "enforcement" $enforcement) -}}
{{- if $registries -}}{{- $sections = append $sections (dict "registries" $registries) -}}{{- end -}}
{{- if .Values.plugins -}}{{- $sections = append $sections (dict "plugins" .Values.plugins) -}}{{- end -}}
{{- if .Values.egress.allow -}}{{- $sections = append $sections (dict "egress" (dict "allow" .Values.egress.allow)) -}}{{- end -}}
{{- $revocation := dict -}}
{{- if .Values.revocation.cache.enabled -}}{{- $_ := set $revocation "cacheDirectory" (include "countersign.revocationCache" .) -}}{{- end -}}
{{- if .Values.revocation.offline -}}{{- $_ := set $revocation "offlineDirectory" (printf "%s/revocation" $material) -}}{{- end -}}
{{- if $revocation -}}{{- $sections = append $sections (dict "revocation" $revocation) -}}{{- end -}}
{{- $sections = append $sections (dict "limits" (dict "signatures" (int .Values.limits.signatures))) -}}
{{- $sections = append $sections (dict "server" $server) -}}
{{- $sections = append $sections (dict "log" (dict "level" .Values.log.level "format" .Values.log.format)) -}}
{{- range $index, $section := $sections -}}
{{- if $index }}{{ "\n" }}{{ end -}}
{{- toYaml $section -}}
{{- end -}}
{{- end }}

{{/* Parts that the webhook entries share. */}}
{{- define "countersign.clientConfig" -}}
{{- if .Values.webhook.url }}
url: {{ .Values.webhook.url | quote }}
{{- else }}
service:
  namespace: {{ .Release.Namespace }}
  name: {{ include "countersign.fullname" . }}
  path: /validate
  port: 443
{{- end }}
{{- /* With cert-manager the field is left out, so that an upgrade does not take away what was injected. */}}
{{- if not .Values.tls.certManager.enabled }}
caBundle: {{ include "countersign.caBundle" . }}
{{- end }}
{{- end }}

{{- define "countersign.namespaceSelector" -}}
matchExpressions:
  # The API server sets this label itself, nobody can forge it.
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- concat (list .Release.Namespace "kube-system") .Values.webhook.excludedNamespaces | uniq | toYaml | nindent 6 }}
  {{- if eq .Values.aks.admissionsEnforcer "ship-expressions" }}
  - key: control-plane
    operator: NotIn
    values: ["true"]
  - key: kubernetes.azure.com/managedby
    operator: NotIn
    values: [aks]
  {{- end }}
{{- end }}

{{/* The registration itself, without its annotations: templates/webhook.yaml says why it is used twice. */}}
{{- define "countersign.webhooks" -}}
webhooks:
  # Pods: nothing runs without passing here.
  - name: pods.validate.countersign.dev
    clientConfig:
      {{- include "countersign.clientConfig" . | trim | nindent 6 }}
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: {{ .Values.webhook.failurePolicy }}
    matchPolicy: Equivalent
    timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
    namespaceSelector:
      {{- include "countersign.namespaceSelector" . | nindent 6 }}
    rules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods, pods/ephemeralcontainers]
        scope: Namespaced
  {{- if .Values.webhook.workloads.enabled }}
  # Objects that make Pods: the user who applies one hears at once that its Pods would be denied.
  - name: workloads.validate.countersign.dev
    clientConfig:
      {{- include "countersign.clientConfig" . | trim | nindent 6 }}
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: {{ .Values.webhook.workloads.failurePolicy }}
    matchPolicy: Equivalent
    timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
    namespaceSelector:
      {{- include "countersign.namespaceSelector" . | nindent 6 }}
    rules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments, replicasets, statefulsets, daemonsets]
        scope: Namespaced
      - apiGroups: [batch]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [jobs, cronjobs]
        scope: Namespaced
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [replicationcontrollers, podtemplates]
        scope: Namespaced
  {{- end }}
{{- end }}

{{/* Where CRLs are kept over a restart of the container. */}}
{{- define "countersign.revocationCache" -}}/var/cache/countersign{{- end }}

{{/*
The volume of the plugins. What can be taken read-only is, so that the kubelet leaves owner and mode of its files alone: a program
whose file changes is not run any more. Files from ConfigMaps and Secrets may be executed.
*/}}
{{- define "countersign.pluginVolume" -}}
{{- $source := deepCopy .Values.pluginVolume -}}
{{- range $kind, $fields := $source -}}
{{- if has $kind (list "persistentVolumeClaim" "csi" "nfs") -}}
{{- $_ := set $fields "readOnly" true -}}
{{- else if has $kind (list "configMap" "secret" "projected") -}}
{{- if not (hasKey $fields "defaultMode") -}}{{- $_ := set $fields "defaultMode" 0555 -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $source -}}
{{- end }}
