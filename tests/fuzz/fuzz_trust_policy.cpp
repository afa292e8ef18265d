// Any bytes as a trust policy. There is a document exactly if there are no problems; each problem
// has its rule; a document keeps the constraints of the specification; and no repository finds a
// statement that does not name it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "trust/policy_document.hpp"

namespace {

using namespace countersign;
using namespace countersign::trust;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_statement(const Statement& statement) {
  require(!statement.name.empty() && !statement.scopes.empty());
  const bool skip = statement.level.skips_everything();
  require(statement.stores.empty() == skip);
  require(statement.identities.text.empty() == skip);
  require(!statement.identities.any || statement.identities.text.size() == 1);
  for (const StoreId& store : statement.stores) require(is_store_name(store.name));
  for (const Check check : kAllChecks) {
    const CheckAction action = statement.level.of(check);
    require(skip ? action == CheckAction::kSkip
                 : action != CheckAction::kSkip || check == Check::kRevocation);
  }
  require(skip || statement.level.of(Check::kIntegrity) == CheckAction::kEnforce);
  const auto& subjects = statement.identities.subjects;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    for (std::size_t j = 0; j < subjects.size(); ++j)
      require(i == j || !is_subset(subjects[i], subjects[j]));
    for (const char* type : {"C", "ST", "O"}) require(!subjects[i].at(type).empty());
  }
}

void check_document(const PolicyDocument& document) {
  require(!document.statements().empty());
  std::set<std::string> names;
  std::set<std::string> scopes;
  for (const Statement& statement : document.statements()) {
    require(names.insert(statement.name).second);
    check_statement(statement);
    for (const std::string& scope : statement.scopes) {
      require(scopes.insert(scope).second);
      require(scope == "*" ? statement.scopes.size() == 1 : is_scope(scope));
      if (scope != "*") require(document.find(scope) == &statement);
    }
  }
  const Statement* other = document.find("fuzz.invalid/named/by/none");
  require(other == nullptr || other->scopes.front() == "*" ||
          scopes.contains("fuzz.invalid/named/by/none"));
  require(document.find("fuzz.invalid/Upper") == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const PolicyDocument::Parsed parsed = PolicyDocument::parse(text);
  require(parsed.document.has_value() == parsed.problems.empty());
  for (const Error& problem : parsed.problems) {
    require(problem.outcome() == Outcome::kNoPolicy && !problem.reason().id().empty());
    require(problem.message().size() < 2000 && is_valid_utf8(problem.message()) &&
            !problem.message().contains('\n'));
  }
  for (const std::string& warning : parsed.warnings)
    require(is_valid_utf8(warning) && !warning.contains('\n'));
  if (parsed.document) check_document(*parsed.document);

  // The same bytes as a distinguished name: what is read matches itself.
  if (const auto name = parse_distinguished_name(text)) require(is_subset(*name, *name));
  return 0;
}
