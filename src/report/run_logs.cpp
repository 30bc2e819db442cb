#include "report/run_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/text/printable.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

std::optional<unsigned> number_of(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_folder(const fs::path& path) {
    std::error_code failed;
    return fs::is_directory(path, failed);
}

// "nlsq", "parts/000", ...: those that are there.
std::vector<std::string> instances_in(const fs::path& folder) {
    std::vector<std::string> out;
    for (const char* name : {"survey.new", "survey", "nlsq"})
        if (is_folder(folder / name)) out.emplace_back(name);
    std::map<unsigned, std::string> parts;
    std::error_code failed;
    for (fs::directory_iterator at(folder / "parts", failed), end; !failed && at != end; at.increment(failed))
        if (const auto name = at->path().filename().string(); number_of(name)) parts[*number_of(name)] = name;
    for (const auto& [number, name] : parts) out.push_back("parts/" + name);
    std::set<std::string> scans;  // of a campaign
    for (fs::directory_iterator at(folder / "scans", failed), end; !failed && at != end; at.increment(failed))
        scans.insert(at->path().filename().string());
    for (const auto& name : scans)
        for (const char* method : {"nlsq", "cmc"})
            if (is_folder(folder / "scans" / name / method)) out.push_back(fmt::format("scans/{}/{}", name, method));
    if (is_folder(folder / "evaluate")) out.emplace_back("evaluate");
    return out;
}

bool is_meant(const std::string& instance, const std::string& part) {
    if (part.empty() || instance == part || instance == part + ".new") return true;
    if (instance.starts_with("scans/" + part + "/")) return true;
    static constexpr std::string_view parts = "parts/";
    return instance.starts_with(parts) && number_of(part) &&
           number_of(part) == number_of(std::string_view(instance).substr(parts.size()));
}

void add(std::vector<LogFile>& out, const fs::path& folder, const std::string& instance, const std::string& name,
         bool earlier) {
    if (earlier) {
        std::error_code failed;
        for (unsigned number = 1; fs::exists(folder / instance / fmt::format("{}.{}", name, number), failed); ++number)
            out.push_back({fmt::format("{}/{}.{}", instance, name, number),
                           folder / instance / fmt::format("{}.{}", name, number)});
    }
    out.push_back({instance + "/" + name, folder / instance / name});
}

// Of a queue's tasks: "tasks/000/000061.out" and ".err".
void add_tasks(std::vector<LogFile>& out, const fs::path& folder, const LogChoice& choice) {
    const auto wanted = number_of(choice.part);
    if (!choice.part.empty() && !wanted) return;
    std::map<std::string, fs::path> found;
    std::error_code failed;
    for (fs::recursive_directory_iterator at(folder / "tasks", failed), end; !failed && at != end;
         at.increment(failed)) {
        const auto kind = at->path().extension();
        if (wanted && number_of(at->path().stem().native()) != wanted) continue;
        if ((kind == ".out" && choice.standard_output) || (kind == ".err" && choice.standard_error))
            found[fmt::format("{}{}", at->path().stem().native(), kind == ".out" ? 0 : 1)] = at->path();
    }
    for (const auto& [order, path] : found)
        out.push_back(
            {fmt::format("tasks/{}/{}", path.parent_path().filename().native(), path.filename().native()), path});
}

}  // namespace

std::vector<LogFile> find_logs(const fs::path& folder, const LogChoice& choice) {
    std::vector<LogFile> out;
    const auto instances = instances_in(folder);
    for (const auto& instance : instances) {
        if (!is_meant(instance, choice.part)) continue;
        if (choice.standard_output) add(out, folder, instance, "stdout.log", choice.earlier);
        if (choice.standard_error) add(out, folder, instance, "stderr.log", choice.earlier);
    }
    add_tasks(out, folder, choice);
    if (out.empty() && number_of(choice.part) && is_folder(folder / "tasks"))
        throw usage_error("{}: task {} has left no output, or there is no such task", printable(folder.native()),
                          choice.part);
    if (out.empty() && !choice.part.empty()) {
        std::vector<std::string> names;
        for (const auto& instance : instances) {
            const auto scan = instance.starts_with("scans/");
            auto name = scan ? instance.substr(6, instance.rfind('/') - 6) : instance.substr(instance.rfind('/') + 1);
            if (names.empty() || names.back() != name) names.push_back(std::move(name));
        }
        if (names.size() > 12) names.resize(12), names.emplace_back("...");
        throw usage_error("{} has no part '{}'; it has {}", printable(folder.native()), printable(choice.part),
                          names.empty() ? "none yet" : printable(fmt::format("{}", fmt::join(names, ", "))));
    }
    return out;
}

std::vector<std::string> job_logs(const fs::path& folder, std::string_view number) {
    number = number.substr(0, number.find_first_not_of("0123456789"));
    std::set<std::string> out;
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && !number.empty() && at != end;
         at.increment(failed)) {
        const auto name = at->path().filename().string();
        const auto kind = at->path().extension().string();
        if (kind != ".log" && kind != ".OU" && !kind.starts_with(".o") && !kind.starts_with(".e")) continue;
        const auto digit = [&](std::size_t i) { return i < name.size() && name[i] >= '0' && name[i] <= '9'; };
        for (auto i = name.find(number); i != std::string::npos; i = name.find(number, i + 1))
            if ((i == 0 || !digit(i - 1)) && !digit(i + number.size())) out.insert(at->path().string());
    }
    return {out.begin(), out.end()};
}

}  // namespace hlaunch
