"""Kubernetes objects for the tests, as dictionaries."""


def pod_spec(image, **more):
    return {"containers": [{"name": "app", "image": image}], **more}


def pod(name, image, **more):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod_spec(image, **more)}


def deployment(name, image, replicas=1):
    made = workload("Deployment", name, pod_spec(image))
    made["spec"]["replicas"] = replicas
    return made


# kind -> (API path, where the Pod spec is)
WORKLOADS = {
    "Pod": ("/api/v1/namespaces/{}/pods", "spec"),
    "Deployment": ("/apis/apps/v1/namespaces/{}/deployments", "spec.template.spec"),
    "ReplicaSet": ("/apis/apps/v1/namespaces/{}/replicasets", "spec.template.spec"),
    "StatefulSet": ("/apis/apps/v1/namespaces/{}/statefulsets", "spec.template.spec"),
    "DaemonSet": ("/apis/apps/v1/namespaces/{}/daemonsets", "spec.template.spec"),
    "Job": ("/apis/batch/v1/namespaces/{}/jobs", "spec.template.spec"),
    "CronJob": ("/apis/batch/v1/namespaces/{}/cronjobs", "spec.jobTemplate.spec.template.spec"),
    "ReplicationController": ("/api/v1/namespaces/{}/replicationcontrollers", "spec.template.spec"),
    "PodTemplate": ("/api/v1/namespaces/{}/podtemplates", "template.spec"),
}


def workload(kind, name, spec):
    """An object of any kind in WORKLOADS around a Pod spec."""
    path = WORKLOADS[kind][0]
    group = path.split("/namespaces/")[0].removeprefix("/apis/").removeprefix("/api/")
    head = {"apiVersion": group, "kind": kind, "metadata": {"name": name}}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    job = {"template": {"spec": {**spec, "restartPolicy": "Never"}}}
    match kind:
        case "Pod":
            return head | {"spec": spec}
        case "PodTemplate":
            return head | {"template": template}
        case "Job":
            return head | {"spec": job}
        case "CronJob":
            return head | {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}}}
        case "ReplicationController":
            return head | {"spec": {"selector": labels, "template": template}}
        case "StatefulSet":
            return head | {"spec": {"serviceName": name, "selector": {"matchLabels": labels}, "template": template}}
    return head | {"spec": {"selector": {"matchLabels": labels}, "template": template}}
