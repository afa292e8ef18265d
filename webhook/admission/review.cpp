#include "admission/review.hpp"

#include <fmt/format.h>

namespace countersign::admission {

std::string_view name(ApiVersion version) noexcept {
  switch (version) {
    case ApiVersion::kV1:
      return "admission.k8s.io/v1";
    case ApiVersion::kV1Beta1:
      return "admission.k8s.io/v1beta1";
  }
  return "";
}

std::string_view name(Operation operation) noexcept {
  switch (operation) {
    case Operation::kUnknown:
      return "";
    case Operation::kCreate:
      return "CREATE";
    case Operation::kUpdate:
      return "UPDATE";
    case Operation::kDelete:
      return "DELETE";
    case Operation::kConnect:
      return "CONNECT";
  }
  return "";
}

std::string_view name(SkipReason reason) noexcept {
  switch (reason) {
    case SkipReason::kOperation:
      return "operation";
    case SkipReason::kSubResource:
      return "subresource";
    case SkipReason::kKind:
      return "kind";
    case SkipReason::kMirrorPod:
      return "mirror";
    case SkipReason::kDeleting:
      return "deleting";
    case SkipReason::kUnchanged:
      return "unchanged";
    case SkipReason::kNoImages:
      return "no-images";
    case SkipReason::kNamespace:
      return "namespace";
    case SkipReason::kRule:
      return "rule";
  }
  return "";
}

std::string_view name(ImageList list) noexcept {
  switch (list) {
    case ImageList::kInitContainers:
      return "initContainers";
    case ImageList::kContainers:
      return "containers";
    case ImageList::kEphemeralContainers:
      return "ephemeralContainers";
    case ImageList::kVolumes:
      return "volumes";
  }
  return "";
}

std::string_view noun(ImageList list) noexcept {
  switch (list) {
    case ImageList::kInitContainers:
      return "init container";
    case ImageList::kContainers:
      return "container";
    case ImageList::kEphemeralContainers:
      return "ephemeral container";
    case ImageList::kVolumes:
      return "volume";
  }
  return "";
}

std::string Image::path() const {
  return fmt::format("{}.{}[{}].{}", pod_spec, admission::name(list), index,
                     list == ImageList::kVolumes ? "image.reference" : "image");
}

}  // namespace countersign::admission
