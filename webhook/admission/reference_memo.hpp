#pragma once
/// Image references that were parsed before: the images of a cluster's objects repeat, and parsing
/// one costs more than finding it again. One for each worker.

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "oci/image_reference.hpp"

namespace countersign::admission {

/// What `image` of a container comes to.
struct ParsedImage {
  std::string text;  ///< as written
  /// Errors: `kInvalidReference`, for an image ID and for no image too (decisions 8).
  Result<oci::ImageReference> reference;
  std::string name;  ///< "host/repository" for the rules; empty if it is no reference
};

class ReferenceMemo {
 public:
  /// Longer texts are parsed each time, so that what is kept stays small.
  static constexpr std::size_t kMaxKeptBytes = 256;
  static constexpr std::size_t kSlots = 256;

  /// Valid until the next call. The same text always gives the same result: it depends on nothing
  /// else.
  [[nodiscard]] const ParsedImage& parse(std::string_view text);

 private:
  std::array<std::unique_ptr<const ParsedImage>, kSlots> slots_;  ///< by hash; the last one stays
  std::unique_ptr<const ParsedImage> long_one_;
};

}  // namespace countersign::admission
