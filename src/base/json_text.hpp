#pragma once
/// JSON that is written by hand, where a document object model would cost too much: logs and
/// answers.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace countersign {

/// Appends `text` as a JSON string with quotes. Control characters, quotes and backslashes are
/// escaped; bytes that are not valid UTF-8 become U+FFFD, so the document stays valid whatever
/// comes in.
void append_json_string(std::string& out, std::string_view text);

/// Writes one object, member by member, into a string of the caller's.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  JsonObjectWriter& field(std::string_view name, std::string_view text);
  JsonObjectWriter& field(std::string_view name, const char* text) {
    return field(name, std::string_view(text));
  }
  JsonObjectWriter& field(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }
  template <std::integral T>
  JsonObjectWriter& field(std::string_view name, T value) {
    key(name);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    return *this;
  }
  /// With three digits after the point.
  JsonObjectWriter& field(std::string_view name, double value) {
    key(name);
    char digits[64];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 3).ptr;
    out_.append(digits, end);
    return *this;
  }
  /// `word` is one of ours that needs no escape, such as the name of an outcome.
  JsonObjectWriter& word(std::string_view name, std::string_view word) {
    append(name, Quotes::kAround, word);
    return *this;
  }
  /// `json` is already JSON.
  JsonObjectWriter& raw(std::string_view name, std::string_view json) {
    append(name, Quotes::kNone, json);
    return *this;
  }
  /// For a value that is written piece by piece by the caller.
  std::string& open(std::string_view name) {
    key(name);
    return out_;
  }
  void close() { out_ += '}'; }

 private:
  enum class Quotes : bool { kNone, kAround };

  void key(std::string_view name) { append(name, Quotes::kNone, ""); }
  /// One growth of the string for all of a member.
  void append(std::string_view name, Quotes quotes, std::string_view value);

  std::string& out_;
  bool first_ = true;
};

}  // namespace countersign
