#pragma once
/// The one door for YAML: a text as events, under limits that hold while it is read. The YAML
/// library stays behind it; what an event means is for the reader of configurations, or of
/// manifests, to say.
///
/// Two properties of the library make it more than a wrapper. It delivers empty documents for ever
/// when something stands after a document that belongs to none (`{a: b},`). And it keeps everything
/// that it has read of a `[...]` or `{...}` until it knows that this is no key, some 130 bytes for
/// one: so what it may read ahead is bounded.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::yaml {

/// Both from 0; the column counts bytes.
struct Mark {
  int line = 0;
  int column = 0;
};

enum class Style : std::uint8_t { kBlock, kFlow };

/// Hears what is read, in its order. What a member throws ends the reading and comes out of it.
class Events {
 public:
  Events() = default;
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  virtual ~Events() = default;

  /// Of an anchor; 0 is none. Numbers are of one document.
  using Anchor = std::size_t;

  virtual void document_start(Mark mark) = 0;
  virtual void document_end() = 0;
  virtual void null(Mark mark, Anchor anchor) = 0;
  virtual void alias(Mark mark, Anchor anchor) = 0;
  /// `tag` is "?" for plain text and "!" for quoted text without a tag.
  virtual void scalar(Mark mark, const std::string& tag, Anchor anchor,
                      const std::string& text) = 0;
  virtual void sequence_start(Mark mark, const std::string& tag, Anchor anchor, Style style) = 0;
  virtual void sequence_end() = 0;
  virtual void mapping_start(Mark mark, const std::string& tag, Anchor anchor, Style style) = 0;
  virtual void mapping_end() = 0;
};

/// Separators and brackets that may be read before the events that they belong to. Text in quotes
/// counts too: a dashboard of 1 MiB inside a ConfigMap has less than half of it.
inline constexpr std::size_t kMaxPending = 200'000;

/// Why the text could not be read to its end.
struct Broken {
  Mark mark;
  std::string message;
  bool of_library = true;  ///< the library's own words, which speak of its states
};

/// Reads all documents of the text, which is UTF-8. Nothing if it came to its end.
std::optional<Broken> read_events(std::string_view text, Events& events);

}  // namespace countersign::yaml
