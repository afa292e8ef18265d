#include "admission/reference_memo.hpp"

#include <functional>

namespace countersign::admission {
namespace {

Result<oci::ImageReference> parse(std::string_view text) {
  if (text.empty()) return Error(Outcome::kInvalidReference, "format", "no image is named");
  return oci::parse_image(text);
}

std::unique_ptr<const ParsedImage> parsed(std::string_view text) {
  auto reference = parse(text);
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
