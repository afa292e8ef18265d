#pragma once
/// Which kinds carry a pod spec, and where.
///
/// Source: kubernetes-admission 1.11, 3.1, K-110. Kinds are found by group and kind in any version.
/// Deviations: none. Extractors for custom resources are left to a later release; until then their
/// kinds are unknown.

#include <array>
#include <cstdint>
#include <string_view>

namespace countersign::admission {

/// Whether an empty image volume means "filled in later" (kubernetes-admission 3.2) or is a
/// mistake.
enum class PodSource : std::uint8_t { kPod, kTemplate };

struct Workload {
  static constexpr std::size_t kMaxSteps = 5;

  std::string_view group;  ///< "" is the core group
  std::string_view kind;
  std::string_view pod_spec;  ///< "spec.template.spec"
  std::array<std::string_view, kMaxSteps>
      steps{};  ///< the same, member by member; the rest is empty
  PodSource source = PodSource::kTemplate;
};

/// Null if the kind is not a workload that we can read.
[[nodiscard]] const Workload* find_workload(std::string_view group, std::string_view kind) noexcept;

/// True for the groups that the API server itself serves today. None of their kinds but those of
/// `find_workload` carries a pod spec. "extensions" is no longer among them: it had workloads.
[[nodiscard]] bool is_built_in_group(std::string_view group) noexcept;

}  // namespace countersign::admission
