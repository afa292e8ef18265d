#include "oci/media_type.hpp"

#include "base/text.hpp"

namespace countersign::oci::media_type {

bool is_image(std::string_view type) noexcept {
  return type == kOciIndex || type == kOciManifest || type == kDockerList ||
         type == kDockerManifest;
}

namespace {

std::string_view without_parameters(std::string_view content_type) noexcept {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace

std::string essence(std::string_view content_type) {
  return ascii_lower(without_parameters(content_type));
}

bool has_essence(std::string_view content_type, std::string_view type) noexcept {
  return ascii_iequals(without_parameters(content_type), type);
}

}  // namespace countersign::oci::media_type
