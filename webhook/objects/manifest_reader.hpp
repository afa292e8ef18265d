#pragma once
/// Kubernetes manifests from files, as the AdmissionReviews that the API server would send for
/// them: YAML streams, JSON, Lists. So `verify -f` runs the very code path of the webhook.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::objects {

inline constexpr std::size_t kMaxManifestFileBytes = std::size_t{16} * 1024 * 1024;

struct ManifestObject {
  std::string source;  ///< "web.yaml: document 2: Deployment shop/web"
  std::string review;  ///< a CREATE AdmissionReview of the object, as JSON
};

/// Every object of the stream `text`; `file` names it in messages. `default_namespace` is for
/// objects without one. Errors: `kMalformedReview`; a document that is not an object with
/// apiVersion and kind; no document at all, since a pipeline whose first half failed must not pass.
Result<std::vector<ManifestObject>> read_manifests(std::string_view text, const std::string& file,
                                                   const std::string& default_namespace);

}  // namespace countersign::objects
