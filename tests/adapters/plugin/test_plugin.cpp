// A verification plugin for tests. Its environment says how it behaves; by default it is a good
// one that finds nothing wrong.
//   BEHAVIOUR     one of the functions below
//   AT            the command at which it behaves so; at others it is good
//   NAME, VERSION, CONTRACTS, CAPABILITIES   of the metadata; the last two are JSON lists
//   IDENTITY, REVOCATION                     the findings, in JSON
//   PROCESSED                                a JSON list instead of all that was asked for
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string read_request() {
  std::string request;
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return request;
    request.append(buffer, static_cast<std::size_t>(got));
  }
}

void say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

[[noreturn]] void sleep_for_ever() {
  while (true) ::pause();
}

/// The list that follows a member's name in a request of ours.
std::string list_after(const std::string& request, const std::string& member) {
  const std::size_t at = request.find("\"" + member + "\":[");
  if (at == std::string::npos) return "[]";
  const std::size_t begin = request.find('[', at);
  return request.substr(begin, request.find(']', begin) + 1 - begin);
}

void good_metadata() {
  say(R"({"name":")" + variable("NAME", "com.example.plugin") +
      R"(","description":"for tests","version":")" + variable("VERSION", "1.2.3") +
      R"(","url":"https://plugin.example","supportedContractVersions":)" +
      variable("CONTRACTS", R"(["1.0"])") + R"(,"capabilities":)" +
      variable("CAPABILITIES",
               R"(["SIGNATURE_VERIFIER.TRUSTED_IDENTITY","SIGNATURE_VERIFIER.REVOCATION_CHECK"])") +
      "}");
}

void good_answer(const std::string& request) {
  const std::string wanted = list_after(request, "signatureVerification");
  std::string results;
  const auto add = [&](const char* check, const char* finding) {
    if (!wanted.contains(check)) return;
    if (!results.empty()) results += ',';
    results += std::string("\"") + check + "\":" + variable(finding, R"({"success":true})");
  };
  add("SIGNATURE_VERIFIER.TRUSTED_IDENTITY", "IDENTITY");
  add("SIGNATURE_VERIFIER.REVOCATION_CHECK", "REVOCATION");
  say("{\"verificationResults\":{" + results + "},\"processedAttributes\":" +
      variable("PROCESSED", list_after(request, "unprocessedAttributes").c_str()) + "}");
}

/// What it was given, one fact a line.
void show(int count, char** arguments) {
  for (int i = 0; i < count; ++i) say(std::string("argument ") + arguments[i] + "\n");
  for (char** each = environ; *each != nullptr; ++each)
    say(std::string("variable ") + *each + "\n");
  char folder[4096];
  say(std::string("folder ") + (::getcwd(folder, sizeof folder) != nullptr ? folder : "?") + "\n");
  DIR* files = ::opendir("/proc/self/fd");
  while (const dirent* file = ::readdir(files)) {
    if (file->d_name[0] != '.' && std::atoi(file->d_name) != ::dirfd(files))
      say(std::string("file ") + file->d_name + "\n");
  }
  ::closedir(files);
  say(::getpgrp() == ::getpid() && ::getsid(0) == ::getpid() ? "its own session\n"
                                                             : "another's session\n");
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[512];
  while (std::fgets(line, sizeof line, status) != nullptr) {
    for (const char* fact : {"SigBlk", "SigIgn", "NoNewPrivs"}) {
      if (std::strncmp(line, fact, std::strlen(fact)) == 0) say(line);
    }
  }
  std::fclose(status);
  say("request " + read_request() + "\n");
}

/// A child of its own that keeps the standard output open. Returns when the child is ready.
void leave_child(bool in_own_session) {
  int ready[2];
  if (::pipe(ready) != 0) return;
  if (::fork() != 0) {
    char unused = 0;
    ::close(ready[1]);
    static_cast<void>(!::read(ready[0], &unused, 1));
    ::close(ready[0]);
    return;
  }
  ::close(ready[0]);
  if (in_own_session) ::setsid();
  const std::string file = variable("PID_FILE", "");
  if (!file.empty()) {
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
    const std::string id = std::to_string(::getpid());
    static_cast<void>(!::write(out, id.data(), id.size()));
    ::close(out);
  }
  ::close(ready[1]);
  sleep_for_ever();
}

void flood(int to) {
  std::string block(65536, 'x');
  const int blocks = 128;
  for (int i = 0; i < blocks; ++i) {
    if (::write(to, block.data(), block.size()) < 0) return;
  }
}

int behave(const std::string& how, int count, char** arguments) {
  if (how == "show") show(count, arguments);
  if (how == "hang") sleep_for_ever();
  if (how == "ignore-terminate") {
    std::signal(SIGTERM, SIG_IGN);
    sleep_for_ever();
  }
  if (how == "close-and-hang") {
    for (int i = 0; i < 3; ++i) ::close(i);
    sleep_for_ever();
  }
  if (how == "leave-child") leave_child(false);
  if (how == "leave-escaped-child") leave_child(true);
  if (how == "hang-with-child") {
    leave_child(false);
    sleep_for_ever();
  }
  if (how == "flood-out") flood(STDOUT_FILENO);
  if (how == "flood-err") flood(STDERR_FILENO);
  if (how == "silent") return 0;
  if (how == "garbage") say("{\"name\":\"com.example.plugin\"");
  if (how == "fail") {
    std::fputs("no route\nto host", stderr);
    return 3;
  }
  if (how == "throttled") {
    std::fputs(R"({"errorCode":"THROTTLED","errorMessage":"come again"})", stderr);
    return 1;
  }
  if (how == "die") std::raise(SIGKILL);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string command = count > 1 ? arguments[1] : "";
  const std::string how = variable("BEHAVIOUR", "");
  const std::string at = variable("AT", "");
  const bool here = !how.empty() && (at.empty() || at == command);
  if (here) return behave(how, count, arguments);
  const std::string request = read_request();
  if (command == "get-plugin-metadata") good_metadata();
  if (command == "verify-signature") good_answer(request);
  return 0;
}
