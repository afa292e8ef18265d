#include "oci/digest.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace countersign::oci {
namespace {

using crypto::HashAlgorithm;

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::string_view algorithm_name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return "sha256";
    case HashAlgorithm::kSha384:
      return "sha384";
    case HashAlgorithm::kSha512:
      return "sha512";
  }
  return "";
}

std::optional<HashAlgorithm> algorithm_named(std::string_view name) {
  for (const auto algorithm :
       {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    if (algorithm_name(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

/// `[a-z0-9]+([+._-][a-z0-9]+)*`
bool is_algorithm_grammar(std::string_view name) {
  bool after_separator = true;
  for (const char c : name) {
    if (is_lower_alnum(c)) {
      after_separator = false;
    } else if ((c == '+' || c == '.' || c == '_' || c == '-') && !after_separator) {
      after_separator = true;
    } else {
      return false;
    }
  }
  return !after_separator;
}

Error bad(Reason reason, std::string_view text, std::string_view what) {
  return {Outcome::kInvalidReference, reason,
          "digest \"" + printable(text, 160) + "\": " + std::string(what)};
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_algorithm_grammar(text.substr(0, colon)) ||
      colon + 1 == text.size()) {
    return bad("digest-format", text, "want <algorithm>:<hex>");
  }
  const auto algorithm = algorithm_named(text.substr(0, colon));
  if (!algorithm) return bad("digest-unsupported", text, "want sha256, sha384 or sha512");
  const std::string_view hex = text.substr(colon + 1);
  if (hex.size() != crypto::size_of(*algorithm) * 2)
    return bad("digest-length", text, "wrong number of digits");
  if (!std::ranges::all_of(hex, is_lower_hex))
    return bad("digest-format", text, "want lower-case hex");
  return Digest(*algorithm, std::string(text));
}

Digest Digest::of(HashAlgorithm algorithm, BytesView content) {
  return from_hash(algorithm, crypto::hash(algorithm, content));
}

Digest Digest::from_hash(HashAlgorithm algorithm, BytesView value) {
  return {algorithm, std::string(algorithm_name(algorithm)) + ":" + to_hex(value)};
}

std::string_view Digest::hex() const noexcept {
  return std::string_view(text_).substr(text_.find(':') + 1);
}

std::string Digest::short_text() const {
  constexpr std::size_t kDigits = 8;
  return text_.substr(0, text_.find(':') + 1 + kDigits) + "…";
}

bool Digest::matches(BytesView content) const { return Digest::of(algorithm_, content) == *this; }

}  // namespace countersign::oci
