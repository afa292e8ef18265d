#include "base/json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace countersign {
namespace {

constexpr std::uint64_t kMaxExactInteger = std::uint64_t{1} << 53U;

/// Builds the document while watching depth, names and the number of values. Iterative, so depth
/// costs no stack.
class StrictBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit StrictBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fail("binary value"); }
  bool start_object(std::size_t /*elements*/) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Level& level = levels_.back();
    const auto [member, added] = level.value->get_ref<Json::object_t&>().try_emplace(value);
    if (!added)
      return fail(fmt::format("member \"{}\" stands twice in one object", printable(value, 64)));
    level.member = &member->second;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    error_position_ = position;
    return fail("");
  }

  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::size_t error_position() const { return error_position_; }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json* value;
    Json* member;  ///< of an object: where the next value goes
  };

  /// Null if there are too many values.
  Json* place(Json value) {
    if (++values_ > limits_.max_values) {
      fail(fmt::format("more than {} values", limits_.max_values));
      return nullptr;
    }
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.value->is_array()) {
      level.value->push_back(std::move(value));
      return &level.value->back();
    }
    *level.member = std::move(value);
    return level.member;
  }
  template <class T>
  bool put(T value) {
    return place(Json(std::move(value))) != nullptr;
  }
  bool open(Json value) {
    if (levels_.size() >= limits_.max_depth)
      return fail(fmt::format("nested deeper than {}", limits_.max_depth));
    Json* placed = place(std::move(value));
    if (placed == nullptr) return false;
    levels_.push_back({.value = placed, .member = nullptr});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool fail(std::string why) {
    why_ = std::move(why);
    return false;
  }

  JsonLimits limits_;
  std::size_t values_ = 0;
  Json root_;
  std::vector<Level> levels_;
  std::string why_;
  std::size_t error_position_ = 0;
};

/// Most documents are plain: ASCII without escapes, whole numbers that are not negative. These are
/// read here, at a tenth of the cost; about any other, broken ones included, nothing is said, and
/// the general parser reads it from the start. So this reader may take nothing that the general one
/// refuses or reads differently.
class PlainReader {
 public:
  PlainReader(std::string_view text, StrictBuilder& builder)
      : at_(text.data()), end_(text.data() + text.size()), builder_(builder) {}

  /// False if it is not plain.
  bool read() {
    skip_blanks();
    if (!value()) return false;
    while (!open_.empty()) {
      if (!member()) return false;
    }
    skip_blanks();
    return at_ == end_;
  }

 private:
  [[nodiscard]] char next() const { return at_ == end_ ? '\0' : *at_; }

  bool take(char wanted) {
    if (next() != wanted) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  /// The next member of the innermost open value, or its end.
  bool member() {
    const bool is_object = open_.back() == '{';
    skip_blanks();
    const bool first = std::exchange(first_, false);
    if (take(is_object ? '}' : ']')) {
      open_.pop_back();
      return is_object ? builder_.end_object() : builder_.end_array();
    }
    if (!first) {
      if (!take(',')) return false;
      skip_blanks();
    }
    if (is_object) {
      std::string name;
      if (!string(name) || !builder_.key(name)) return false;
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
    }
    return value();
  }

  bool value() {
    switch (next()) {
      case '"': {
        std::string text;
        return string(text) && builder_.string(text);
      }
      case '{':
        return open('{') && builder_.start_object(kUnknownSize);
      case '[':
        return open('[') && builder_.start_array(kUnknownSize);
      case 't':
        return literal("true") && builder_.boolean(true);
      case 'f':
        return literal("false") && builder_.boolean(false);
      case 'n':
        return literal("null") && builder_.null();
      default:
        return number();
    }
  }

  bool open(char how) {
    ++at_;
    open_ += how;
    first_ = true;
    return true;
  }

  bool literal(std::string_view word) {
    if (!std::string_view(at_, end_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool string(std::string& into) {
    if (!take('"')) return false;
    const char* const begin = at_;
    // Octets from 0x80 on are negative, or over 0x7F, and so not plain either way.
    while (at_ != end_ && *at_ >= ' ' && *at_ <= '\x7F' && *at_ != '"' && *at_ != '\\') ++at_;
    into.assign(begin, at_);
    return take('"');
  }

  bool number() {
    constexpr std::ptrdiff_t kMostDigits = 18;  // below 2^63
    const char* const begin = at_;
    std::uint64_t number = 0;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9' && at_ - begin <= kMostDigits)
      number = number * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    const std::ptrdiff_t digits = at_ - begin;
    if (digits == 0 || digits > kMostDigits || (digits > 1 && *begin == '0')) return false;
    const char after = next();
    if (after == '.' || after == 'e' || after == 'E') return false;
    return builder_.number_unsigned(number);
  }

  static constexpr std::size_t kUnknownSize = static_cast<std::size_t>(-1);
  const char* at_;
  const char* end_;
  StrictBuilder& builder_;
  std::string open_;  ///< "{" and "[" of what is open, innermost last
  bool first_ = false;
};

std::string line_and_column(std::string_view text, std::size_t position) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < position && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return fmt::format("{}:{}", line, column);
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits, Outcome outcome,
                        Reason reason) {
  if (text.size() > limits.max_bytes) {
    return Error(
        outcome, reason,
        fmt::format("JSON of {} bytes is over the limit of {}", text.size(), limits.max_bytes));
  }
  if (text.starts_with("\xEF\xBB\xBF"))
    return Error(outcome, reason, "JSON must not start with a byte-order mark");
  if (text.contains('\0')) return Error(outcome, reason, "JSON must not have NUL characters");
  {
    StrictBuilder builder(limits);
    if (PlainReader(text, builder).read()) return builder.take();
  }
  StrictBuilder builder(limits);
  if (!Json::sax_parse(text, &builder, Json::input_format_t::json, /*strict=*/true)) {
    if (!builder.why().empty()) return Error(outcome, reason, "JSON: " + builder.why());
    const std::string place = line_and_column(text, builder.error_position());
    return Error(outcome, reason, fmt::format("not valid JSON at {}", place));
  }
  return builder.take();
}

JsonReader::JsonReader(const Json& object, std::string path, Outcome outcome, Reason reason)
    : object_(&object), path_(std::move(path)), outcome_(outcome), reason_(reason) {}

Status JsonReader::check_object() const {
  if (object_->is_object()) return ok();
  return Error(outcome_, reason_,
               (path_.empty() ? std::string("document") : path_) + ": want an object");
}

const Json* JsonReader::find(std::string_view name) const {
  const auto found = object_->find(name);
  if (found == object_->end() || found->is_null()) return nullptr;
  return &*found;
}

Result<std::string> JsonReader::required_string(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return error(name, "missing");
  if (!value->is_string()) return error(name, "want a string");
  return value->get<std::string>();
}

Result<std::optional<std::string>> JsonReader::optional_string(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return error(name, "want a string");
  return std::optional<std::string>(value->get<std::string>());
}

Result<std::uint64_t> JsonReader::required_size(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return error(name, "missing");
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > kMaxExactInteger) {
    return error(name, "want a non-negative integer");
  }
  return value->get<std::uint64_t>();
}

Result<const Json*> JsonReader::optional_array(std::string_view name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_array()) return error(name, "want an array");
  return value;
}

Result<const Json*> JsonReader::optional_object(std::string_view name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_object()) return error(name, "want an object");
  return value;
}

Error JsonReader::error(std::string_view name, std::string_view what) const {
  return {outcome_, reason_, path_of(name) + ": " + std::string(what)};
}

std::string JsonReader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Status JsonReader::refuse_case_variant(std::string_view name) const {
  for (const auto& [key, value] : object_->items()) {
    if (key != name && ascii_iequals(key, name)) {
      return error(printable(key, 64), fmt::format("differs from \"{}\" only in case", name));
    }
  }
  return ok();
}

}  // namespace countersign
