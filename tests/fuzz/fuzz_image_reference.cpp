// Any text as an image reference. What is accepted prints to a form that is accepted again, means
// the same and prints the same; its parts keep their grammar; and its name is one that a trust
// policy scope may have, unless the host is an IPv6 address.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "oci/image_reference.hpp"
#include "trust/policy_document.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using countersign::oci::ImageReference;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = ImageReference::parse(text);
  if (!reference) {
    require(reference.error().outcome() == countersign::Outcome::kInvalidReference);
    require(!reference.error().reason().id().empty());
    require(reference.error().message().size() < 1000 &&
            countersign::is_valid_utf8(reference.error().message()));
    return 0;
  }
  require(reference->text() == text);
  require(reference->tag() || reference->digest());
  require(reference->registry() == countersign::ascii_lower(reference->registry()));
  require(countersign::oci::is_repository_path(reference->repository()));
  const bool ipv6 = reference->registry().starts_with('[');
  require(countersign::trust::is_scope(reference->name()) != ipv6);

  const std::string printed = reference->to_string();
  const auto again = ImageReference::parse(printed);
  require(again.has_value());
  require(again->to_string() == printed);
  require(again->registry() == reference->registry() &&
          again->repository() == reference->repository());
  require(again->tag() == reference->tag() && again->digest() == reference->digest());
  return 0;
}
