// Any bytes as a file of manifests. Reading ends, and says the same each time; what is read is what
// our own strict JSON reader and the reader of reviews take; a file that is read has an object.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "admission/review.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "objects/manifest_reader.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cs = countersign;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = cs::objects::read_manifests(text, "fuzz.yaml", "default");
  const auto again = cs::objects::read_manifests(text, "fuzz.yaml", "default");
  require(first.has_value() == again.has_value());
  if (!first) {
    require(first.error().message() == again.error().message());
    require(first.error().outcome() == cs::Outcome::kMalformedReview);
    require(cs::is_valid_utf8(first.error().message()));
    return 0;
  }
  require(!first->empty() && first->size() == again->size());
  const cs::JsonLimits limits{
      .max_bytes = std::size_t{256} * 1024 * 1024, .max_depth = 256, .max_values = 2'000'000};
  for (std::size_t i = 0; i < first->size(); ++i) {
    const cs::objects::ManifestObject& object = (*first)[i];
    require(object.review == (*again)[i].review && object.source == (*again)[i].source);
    require(!object.source.contains('\n'));
    const auto json = cs::parse_json(object.review, limits, cs::Outcome::kMalformedReview, "fuzz");
    require(json.has_value());
    require(json->at("request").at("object").is_object());
    // What reads it then may refuse it, and never takes it for another request.
    cs::admission::ReviewReader reader;
    const auto review = reader.read(object.review);
    if (review) require(review->uid.starts_with("manifest-"));
  }
  return 0;
}
