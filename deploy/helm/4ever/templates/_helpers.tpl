{{- define "4ever.name" -}}
{{ .Release.Name }}
{{- end }}

{{/* Labels of one part: dict "root" $ "part" "keeper". */}}
{{- define "4ever.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "4ever.labels" -}}
{{ include "4ever.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: "{{ .root.Chart.Name }}-{{ .root.Chart.Version }}"
{{- end }}

{{- define "4ever.publicHost" -}}
{{ get (urlParse .Values.keeper.publicUrl) "host" }}
{{- end }}

{{- define "4ever.secured" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end }}

{{- define "4ever.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "4ever.selector" . | nindent 8 }}
{{- end }}
