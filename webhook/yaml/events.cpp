#include "yaml/events.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>

namespace countersign::yaml {
namespace {

Mark mark_of(const YAML::Mark& mark) { return {.line = mark.line, .column = mark.column}; }

/// Gives the library the text in small pieces, and none any more when it has read too far ahead.
class Pieces final : public std::streambuf {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  void event() noexcept { pending_ = 0; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 protected:
  int_type underflow() override {
    constexpr std::size_t kPiece = 1024;
    if (rest_.empty() || stopped_) return traits_type::eof();
    const std::string_view piece = rest_.substr(0, kPiece);
    rest_.remove_prefix(piece.size());
    constexpr std::string_view kSeparators = ",[]{}";
    pending_ += static_cast<std::size_t>(
        std::ranges::count_if(piece, [&](char c) { return kSeparators.contains(c); }));
    if (pending_ > kMaxPending) {
      stopped_ = true;
      return traits_type::eof();
    }
    // The library only reads; a get area has no const form.
    char* const begin =
        const_cast<char*>(piece.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + piece.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  std::string_view rest_;
  std::size_t pending_ = 0;
  bool stopped_ = false;
};

/// A document begins where the last one did: nothing was read in between, and nothing ever will be.
struct NoProgress {
  Mark mark;
};

class Bridge final : public YAML::EventHandler {
 public:
  Bridge(Events& events, Pieces& pieces) : events_(events), pieces_(pieces) {}

  [[nodiscard]] Mark last() const noexcept { return last_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == last_document_) throw NoProgress{mark_of(mark)};
    last_document_ = mark.pos;
    events_.document_start(seen(mark));
  }
  void OnDocumentEnd() override { events_.document_end(); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    events_.null(seen(mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    events_.alias(seen(mark), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    events_.scalar(seen(mark), tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    events_.sequence_start(seen(mark), tag, anchor, style_of(style));
  }
  void OnSequenceEnd() override { events_.sequence_end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    events_.mapping_start(seen(mark), tag, anchor, style_of(style));
  }
  void OnMapEnd() override { events_.mapping_end(); }

 private:
  static Style style_of(YAML::EmitterStyle::value style) {
    return style == YAML::EmitterStyle::Flow ? Style::kFlow : Style::kBlock;
  }
  Mark seen(const YAML::Mark& mark) {
    pieces_.event();
    last_ = mark_of(mark);
    return last_;
  }

  Events& events_;
  Pieces& pieces_;
  Mark last_;
  int last_document_ = -1;
};

}  // namespace

std::optional<Broken> read_events(std::string_view text, Events& events) {
  Pieces pieces(text);
  std::istream input(&pieces);
  Bridge bridge(events, pieces);
  const auto too_far = [&] {
    return Broken{.mark = bridge.last(),
                  .message =
                      "a \"[\" or \"{\" after here holds too much in one piece; write it "
                      "as a block, one value a line",
                  .of_library = false};
  };
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(bridge)) {
    }
  } catch (const NoProgress& nothing) {
    return Broken{.mark = nothing.mark,
                  .message = "this belongs to no document; remove it, or begin one with \"---\"",
                  .of_library = false};
  } catch (const YAML::Exception& error) {
    if (pieces.stopped()) return too_far();
    return Broken{.mark = mark_of(error.mark), .message = error.msg};
  } catch (...) {
    // What is said of a text that ends too early is not worth hearing.
    if (pieces.stopped()) return too_far();
    throw;
  }
  if (pieces.stopped()) return too_far();
  return std::nullopt;
}

}  // namespace countersign::yaml
