#include "oci/media_type.hpp"

#include "base/text.hpp"

namespace countersign::oci::media_type {

bool is_image(std::string_view type) noexcept {
  return type == kOciIndex || type == kOciManifest || type == kDockerList ||
         type == kDockerManifest;
}

std::string essence(std::string_view content_type) {
  return ascii_lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

}  // namespace countersign::oci::media_type
