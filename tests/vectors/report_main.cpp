// Prints, for tests/parity, what becomes of every vector: one JSON object a line.
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "vectors/run_case.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: vectors_report FOLDER\n";
    return 64;
  }
  try {
    const std::filesystem::path folder = argv[1];
    for (const auto& each : countersign::vectors::find_cases(folder)) {
      const auto found = countersign::vectors::run_case(folder, each);
      nlohmann::ordered_json line = {{"name", each.name},
                                     {"outcome", found.decision.outcome},
                                     {"checks", nlohmann::ordered_json::object()},
                                     {"message", found.message}};
      for (const auto& [check, result] : found.decision.checks) line["checks"][check] = result;
      std::cout << line.dump() << '\n';
    }
  } catch (const std::exception& e) {
    std::cerr << "vectors_report: " << e.what() << '\n';
    return 1;
  }
}
