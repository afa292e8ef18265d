#include "objects/manifest_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "objects/yaml_scalar.hpp"
#include "yaml/events.hpp"

namespace countersign::objects {
namespace {

constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

/// Ends reading.
struct Stop {
  yaml::Mark mark;
  std::string what;
};

/// Without a tag ("?"), quoted ("!"), or with one that says what is there anyway. Others change
/// what a reader makes of a value, and not every reader alike: kubectl decodes `!!binary`, even in
/// keys.
bool is_usual(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag == kStringTag ||
         tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq";
}

class Builder final : public yaml::Events {
 public:
  std::vector<Json> documents;

  void document_start(yaml::Mark mark) override {
    static_cast<void>(mark);
    anchors_.clear();
  }
  void document_end() override {
    documents.push_back(std::move(root_));
    root_ = nullptr;
  }
  void null(yaml::Mark mark, Anchor anchor) override {
    finish(mark, {.value = nullptr, .mark = mark}, anchor);
  }
  void alias(yaml::Mark mark, Anchor anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      throw Stop{mark, "an alias of something that is not complete: it would hold itself"};
    if (open_.size() + known->second.depth > kMaxManifestDepth)
      throw Stop{mark, "nested too deeply"};
    charge(mark, known->second.values - 1, known->second.bytes);  // one is charged by finish
    finish(mark, known->second, 0);
  }
  void scalar(yaml::Mark mark, const std::string& tag, Anchor anchor,
              const std::string& text) override {
    check_tag(mark, tag);
    Value value{.value = text, .mark = mark, .bytes = text.size()};
    value.is_text = true;
    value.is_quoted = tag == "!";
    if (!takes_key()) value.value = plain_value(text, tag);
    charge(mark, 0, text.size());
    finish(mark, std::move(value), anchor);
  }
  void sequence_start(yaml::Mark mark, const std::string& tag, Anchor anchor,
                      yaml::Style /*style*/) override {
    begin(mark, tag, anchor, Json::array());
  }
  void sequence_end() override { end(); }
  void mapping_start(yaml::Mark mark, const std::string& tag, Anchor anchor,
                     yaml::Style /*style*/) override {
    begin(mark, tag, anchor, Json::object());
  }
  void mapping_end() override { end(); }

 private:
  /// What was read, and what it costs when it is written out.
  struct Value {
    Json value;
    yaml::Mark mark;
    std::size_t values = 1;
    std::size_t bytes = 0;
    std::size_t depth = 0;  ///< levels below it
    bool is_text = false;   ///< a scalar that is not null
    bool is_quoted = false;
  };
  struct Open {
    Value self;
    Anchor anchor = 0;
    std::optional<std::string> key;
    bool merges = false;  ///< the key is a merge key
    bool has_merge = false;
    std::set<std::string> merged;  ///< of the keys, those that a merge brought
  };

  /// Counted before anything is made of it.
  void charge(yaml::Mark mark, std::size_t values, std::size_t bytes) {
    values_ += values;
    bytes_ += bytes;
    if (values_ > kMaxManifestValues) throw Stop{mark, "too many values"};
    if (bytes_ > kMaxManifestText) throw Stop{mark, "too much text"};
  }

  static void check_tag(yaml::Mark mark, const std::string& tag) {
    if (!is_usual(tag))
      throw Stop{mark, fmt::format("line {}: the tag {} is not supported", mark.line + 1,
                                   printable(tag, 64))};
  }

  [[nodiscard]] bool takes_key() const {
    return !open_.empty() && open_.back().self.value.is_object() && !open_.back().key;
  }

  static Json plain_value(const std::string& text, const std::string& tag) {
    if (tag == "!" || tag == kStringTag) return text;
    return scalar_as_kubectl_reads_it(text);
  }

  void begin(yaml::Mark mark, const std::string& tag, Anchor anchor, Json empty) {
    check_tag(mark, tag);
    if (open_.size() >= kMaxManifestDepth) throw Stop{mark, "nested too deeply"};
    if (takes_key()) throw Stop{mark, "a key that is not a scalar"};
    Open& open = open_.emplace_back();
    open.self.value = std::move(empty);
    open.self.mark = mark;
    open.anchor = anchor;
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const yaml::Mark mark = done.self.mark;
    finish(mark, std::move(done.self), done.anchor);
  }

  void finish(yaml::Mark mark, Value value, Anchor anchor) {
    if (takes_key()) return take_key(open_.back(), value);
    charge(mark, 1, 0);
    if (anchor != 0) {
      // A copy of its own, which costs nothing of the document, but as much again at most.
      anchored_values_ += value.values;
      anchored_bytes_ += value.bytes;
      if (anchored_values_ > kMaxManifestValues) throw Stop{mark, "too many values"};
      if (anchored_bytes_ > kMaxManifestText) throw Stop{mark, "too much text"};
      anchors_.insert_or_assign(anchor, value);
    }
    if (open_.empty()) {
      root_ = std::move(value.value);
      return;
    }
    Open& parent = open_.back();
    parent.self.values += value.values;
    parent.self.bytes += value.bytes;
    parent.self.depth = std::max(parent.self.depth, value.depth + 1);
    if (parent.self.value.is_array()) {
      parent.self.value.push_back(std::move(value.value));
    } else if (std::exchange(parent.merges, false)) {
      parent.key.reset();
      merge(mark, value.value, parent);
    } else {
      parent.self.value[*std::exchange(parent.key, std::nullopt)] = std::move(value.value);
    }
  }

  void take_key(Open& mapping, const Value& key) {
    if (!key.is_text) throw Stop{key.mark, "a key that is not a scalar"};
    const std::string text = key.value.is_string() ? key.value.get<std::string>() : std::string();
    if (text == "<<" && !key.is_quoted) {
      if (std::exchange(mapping.has_merge, true))
        throw Stop{key.mark, "two merge keys in one mapping"};
      mapping.merges = true;
    } else if (mapping.self.value.contains(text) && mapping.merged.erase(text) == 0) {
      throw Stop{key.mark,
                 fmt::format("key \"{}\" stands twice in one mapping", printable(text, 64))};
    }
    mapping.self.bytes += text.size();
    mapping.key = text;
  }

  /// `<<: *other` or `<<: [*first, *second]`: what is not there yet. kubectl does so, and images
  /// may come that way. What stands before the merge key is overridden by it in some readers only.
  static void merge(yaml::Mark mark, const Json& other, Open& into) {
    if (other.is_array()) {
      for (const Json& each : other) {
        if (!each.is_object()) throw Stop{mark, "a merge key wants mappings"};
        merge(mark, each, into);
      }
      return;
    }
    if (!other.is_object()) throw Stop{mark, "a merge key wants mappings"};
    for (const auto& [key, value] : other.items()) {
      if (into.merged.contains(key)) continue;
      if (into.self.value.contains(key)) {
        throw Stop{mark,
                   fmt::format("key \"{}\" stands before a merge that has it, too: put the merge "
                               "first",
                               printable(key, 64))};
      }
      into.self.value[key] = value;
      into.merged.insert(key);
    }
  }

  std::vector<Open> open_;
  std::map<Anchor, Value> anchors_;
  Json root_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
  std::size_t anchored_values_ = 0;
  std::size_t anchored_bytes_ = 0;
};

/// A text that is one JSON value is read as such, as kubectl does: a line of JSON is much for a
/// reader of YAML, which does not know whether it is a key.
std::optional<Json> as_json(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return std::nullopt;
  const JsonLimits limits{
      .max_bytes = text.size(), .max_depth = kMaxManifestDepth, .max_values = kMaxManifestValues};
  auto json = parse_json(text, limits, Outcome::kMalformedReview, "manifest");
  if (!json) return std::nullopt;
  return *std::move(json);
}

/// Whether a line after this one begins another document.
bool has_document_after(std::string_view text, int line) {
  for (int i = 0; i <= line && !text.empty(); ++i) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text.starts_with("---") || text.contains("\n---");
}

}  // namespace

ManifestDocuments read_documents(std::string_view text) {
  if (auto json = as_json(text)) return {.documents = {*std::move(json)}};
  Builder builder;
  std::optional<ManifestProblem> problem;
  try {
    if (const auto broken = yaml::read_events(text, builder)) {
      problem = ManifestProblem{.document = 0,
                                .line = broken->mark.line,
                                .column = broken->mark.column,
                                .what = broken->message};
    }
  } catch (const Stop& stop) {
    problem = ManifestProblem{.document = builder.documents.size() + 1,
                              .line = stop.mark.line,
                              .column = stop.mark.column,
                              .what = stop.what};
    problem->alone = problem->document == 1 && !has_document_after(text, stop.mark.line);
  }
  return {.documents = std::move(builder.documents), .problem = std::move(problem)};
}

}  // namespace countersign::objects
