#include "job/plan_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "job/checks.h"
#include "job/context.h"
#include "job/survey_step.h"
#include "os/process_tree.h"

namespace hlaunch {
namespace {

// Removed with all that is in it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::error_code failed;
        path_ = std::filesystem::temp_directory_path(failed) / "hlaunch-plan-XXXXXX";
        if (failed) throw infrastructure_error("TMPDIR names no folder; set it to one you may write to");
        auto name = path_.string();
        if (mkdtemp(name.data()) == nullptr)
            throw infrastructure_error("cannot make {}: {}; set TMPDIR", name, std::strerror(errno));
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!kept_) std::filesystem::remove_all(path_, ignored);
    }
    void keep() { kept_ = true; }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
    bool kept_ = false;
};

}  // namespace

Plan plan_placements(const JobOptions& options, const Machine& machine) {
    auto request = options.placements;
    request.min_numa_cores = homodyne::min_numa_cores(options.mode);
    if (options.split == homodyne::Split::none && request.instances.value_or(1) != 1)
        throw usage_error(
            "--hooks off runs homodyne as it is, in one instance; leave --instances out or use --split replicas");
    if (options.split == homodyne::Split::none && !request.instances) request.instances = 1;
    return plan_of_placements(machine, request);
}

Plan plan_job(const JobOptions& options, const Machine& machine, const Machine& here, const Environment& environment) {
    auto plan = plan_placements(options, machine);
    if (options.config.empty()) return plan;
    auto request = check_request(options, environment);
    TemporaryFolder temporary;
    SystemClock clock;
    JournalFile journal(temporary.path() + "/journal.jsonl", clock);
    // Reading a large scan takes a while; what is piped is for programs.
    ProgressDisplay display(ProgressDisplay::style_for(true, options.quiet || isatty(STDERR_FILENO) == 0));
    become_subreaper();
    auto context =
        make_context(options, std::move(request), RunFolder{temporary.path()}, environment, clock, display, journal);
    JobOptions local = options;
    local.placements = {};
    homodyne::Facts facts;
    try {
        facts = survey(context, plan_placements(local, here), static_cast<unsigned>(plan.placements.size()));
    } catch (const Error& error) {
        if (error.code() != ExitCode::usage) temporary.keep();  // the message names a log in it
        throw;
    }
    const auto output = options.output.empty() ? std::string("OUTPUT") : options.output;
    homodyne::plan_analysis(plan, context.request, facts,
                            RunFolder{std::filesystem::absolute(output).lexically_normal().string()});
    return plan;
}

}  // namespace hlaunch
