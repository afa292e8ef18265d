#include "envelope/payload.hpp"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "envelope/limits.hpp"

namespace countersign::envelope {
namespace {

using namespace std::string_view_literals;

constexpr Outcome kInvalid = Outcome::kSignatureInvalid;
constexpr Reason kStrict{"PL-6"};

}  // namespace

Result<TargetArtifact> parse_payload(BytesView payload) {
  COUNTERSIGN_TRY(const Json document,
                  parse_json(as_text(payload), kJsonLimits, kInvalid, kStrict));
  const JsonReader reader(document, "", kInvalid, kStrict);
  COUNTERSIGN_CHECK(reader.check_object());
  COUNTERSIGN_CHECK(reader.refuse_case_variants(std::array{"targetArtifact"sv}));
  COUNTERSIGN_TRY(const Json* target, reader.optional_object("targetArtifact"));
  TargetArtifact artifact;
  if (target == nullptr) return artifact;

  const JsonReader target_reader(*target, "targetArtifact", kInvalid, kStrict);
  COUNTERSIGN_CHECK(target_reader.refuse_case_variants(
      std::array{"mediaType"sv, "digest"sv, "size"sv, "annotations"sv}));
  COUNTERSIGN_TRY(auto media_type, target_reader.optional_string("mediaType"));
  COUNTERSIGN_TRY(auto digest, target_reader.optional_string("digest"));
  artifact.media_type = std::move(media_type).value_or("");
  artifact.digest = std::move(digest).value_or("");
  if (const Json* size = target_reader.find("size"); size != nullptr) {
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!size->is_number_unsigned() || size->get<std::uint64_t>() > kMax) {
      return target_reader.error("size", "want a non-negative integer");
    }
    artifact.size = size->get<std::uint64_t>();
  }
  COUNTERSIGN_TRY(const Json* annotations, target_reader.optional_object("annotations"));
  if (annotations == nullptr) return artifact;
  for (const auto& [key, value] : annotations->items()) {
    if (!value.is_string())
      return target_reader.error("annotations",
                                 "want strings, and \"" + printable(key, 64) + "\" is none");
    artifact.annotations.emplace(key, value.get<std::string>());
  }
  return artifact;
}

}  // namespace countersign::envelope
