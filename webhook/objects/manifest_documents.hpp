#pragma once
/// The documents of a manifest as JSON: YAML 1.1 as kubectl reads it, by events. Where readers
/// differ, it is refused.
///
/// Aliases are followed, so values and their bytes are counted as they are written out, over all
/// documents of a file, before they are made.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace countersign::objects {

inline constexpr std::size_t kMaxManifestDepth = 200;
inline constexpr std::size_t kMaxManifestValues = 500'000;
inline constexpr std::size_t kMaxManifestText = std::size_t{64} * 1024 * 1024;

/// Why a stream could not be read.
struct ManifestProblem {
  std::size_t document = 0;  ///< from 1; 0: the syntax is broken at this place
  bool alone = false;        ///< it is the only one
  int line = -1;             ///< from 0; -1: not known
  int column = -1;           ///< from 0, in bytes
  std::string what;
};

struct ManifestDocuments {
  std::vector<Json> documents;  ///< empty ones are null
  std::optional<ManifestProblem> problem{};
};

[[nodiscard]] ManifestDocuments read_documents(std::string_view text);

}  // namespace countersign::objects
