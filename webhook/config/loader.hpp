#pragma once
/// The strict reader of the configuration file.
///
/// All that is wrong is told at once, each with its place and what was probably meant. Nothing is
/// read here but the given text: materials.hpp reads the files that it names.

#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "config/problems.hpp"

namespace countersign::config {

/// `file` is the file's name for messages. Whatever is in doubt is a problem, and then there is no
/// configuration.
Checked<Configuration> load_configuration(std::string_view text, const std::string& file);

}  // namespace countersign::config
