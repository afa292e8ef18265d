#include "admission/reference_memo.hpp"

#include <functional>

namespace countersign::admission {
namespace {

Result<oci::ImageReference> parse_image(std::string_view text) {
  if (oci::ImageReference::looks_like_image_id(text)) {
    // The container runtime would take it for the ID of an image on the node (decisions 8).
    return Error(Outcome::kInvalidReference, "image-id",
                 "an image ID names what a node happens to hold, not an image in a registry");
  }
  if (text.empty()) return Error(Outcome::kInvalidReference, "format", "no image is named");
  return oci::ImageReference::parse(text);
}

std::unique_ptr<const ParsedImage> parsed(std::string_view text) {
  auto reference = parse_image(text);
  std::string name = reference ? reference->name() : std::string();
  return std::make_unique<const ParsedImage>(
      ParsedImage{std::string(text), std::move(reference), std::move(name)});
}

}  // namespace

const ParsedImage& ReferenceMemo::parse(std::string_view text) {
  auto& slot = text.size() > kMaxKeptBytes ? long_one_
                                           : slots_[std::hash<std::string_view>()(text) % kSlots];
  if (slot == nullptr || slot->text != text) slot = parsed(text);
  return *slot;
}

}  // namespace countersign::admission
