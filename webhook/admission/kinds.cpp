#include "admission/kinds.hpp"

#include <algorithm>

namespace countersign::admission {
namespace {

constexpr std::string_view kSpecTemplate = "spec.template.spec";
constexpr std::array<std::string_view, Workload::kMaxSteps> kSpecTemplateSteps{"spec", "template",
                                                                               "spec"};

constexpr std::array kWorkloads = {
    Workload{"", "Pod", "spec", {"spec"}, PodSource::kPod},
    Workload{"apps", "ReplicaSet", kSpecTemplate, kSpecTemplateSteps},
    Workload{"apps", "Deployment", kSpecTemplate, kSpecTemplateSteps},
    Workload{"apps", "StatefulSet", kSpecTemplate, kSpecTemplateSteps},
    Workload{"apps", "DaemonSet", kSpecTemplate, kSpecTemplateSteps},
    Workload{"batch", "Job", kSpecTemplate, kSpecTemplateSteps},
    Workload{"batch",
             "CronJob",
             "spec.jobTemplate.spec.template.spec",
             {"spec", "jobTemplate", "spec", "template", "spec"}},
    Workload{"", "ReplicationController", kSpecTemplate, kSpecTemplateSteps},
    Workload{"", "PodTemplate", "template.spec", {"template", "spec"}},
};

/// Exact names: custom resources may live in other groups that end in "k8s.io".
constexpr std::array<std::string_view, 23> kBuiltInGroups = {
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
};

}  // namespace

const Workload* find_workload(std::string_view group, std::string_view kind) noexcept {
  const auto* found = std::ranges::find_if(
      kWorkloads, [&](const Workload& each) { return each.kind == kind && each.group == group; });
  return found == kWorkloads.end() ? nullptr : found;
}

bool is_built_in_group(std::string_view group) noexcept {
  return std::ranges::find(kBuiltInGroups, group) != kBuiltInGroups.end();
}

}  // namespace countersign::admission
