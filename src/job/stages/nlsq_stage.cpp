#include "job/stages/nlsq_stage.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json_fields.h"
#include "homodyne/app/nlsq_result.h"
#include "homodyne/plan/analysis_request.h"
#include "homodyne/plan/forecast.h"
#include "homodyne/plan/task_file.h"
#include "job/request/content_hash.h"
#include "job/results/nlsq_fit.h"
#include "job/session/stage_instance.h"
#include "job/session/stage_run.h"
#include "job/session/usage_picture.h"
#include "job/stages/cmc_instances.h"
#include "job/stages/memory_record.h"
#include "job/stages/profiling.h"
#include "job/stages/staged_config.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

// A former hlaunch did not examine its fit: this start's survey has.
void take_examination(const JobContext& context) {
    if (is_examined(context.folder.nlsq())) return;
    const auto facts =
        nlohmann::json::parse(try_read_text(context.folder.survey().root + "/facts.json").value_or(""), nullptr, false);
    if (const auto& examination = field_in(facts, "nlsq_examination"); examination.is_object())
        write_atomically(context.folder.nlsq().examination(), examination.dump(1) + "\n");
}

// RunHistory::checked: found good. fitted: ended, whatever came of it.
using Done = std::set<RunHistory::StageHash>;

bool nlsq_is_done(const JobContext& context, const Done& done) {
    const auto text = try_read_text(nlsq_result_file(context.folder.nlsq()));
    return text && is_examined(context.folder.nlsq()) && done.contains({"nlsq", hash_text(*text)});
}

// Throws failure Error where there is no fit, or one that is not to be used.
JudgedFit usable_fit(const JobContext& context) {
    const auto folder = context.folder.nlsq();
    auto fit = judge_nlsq(folder);
    if (!fit)
        throw failure("homodyne's NLSQ ended with exit code 0 but left no {}; see {}", nlsq_result_file(folder),
                      folder.stderr_log());
    if (!fit->problems.empty() && !accepts_nlsq(context.analysis))
        throw failure(
            "the NLSQ fit is unreliable: {}; {}; --accept nlsq uses it all the same", fmt::join(fit->problems, "; "),
            context.analysis.keep_stratification ? "leave --keep-stratification out"
                                                 : "correct initial_parameters or parameter_space.bounds in the YAML");
    return std::move(*fit);
}

// done: the fits of former starts that need no other.
void run_nlsq_unless(const Done& done, JobContext& context, const Plan& plan, const Stage& stage,
                     const homodyne::Facts& facts) {
    take_examination(context);
    if (nlsq_is_done(context, done)) {
        static_cast<void>(usable_fit(context));
        context.display.note("hlaunch: nlsq is done already");
        return;
    }
    const auto folder = context.folder.nlsq();
    const auto& instance = stage.instances.front();
    const auto& placement = instance.on_whole_machine ? *plan.whole_machine : plan.placements[instance.placement];
    remove_whole(folder.out());
    remove_whole(folder.examination());
    prepare_part(folder,
                 profiled(homodyne::nlsq_task(placement, folder, shared_memory_prefix(context, "nlsq"),
                                              context.request.split != homodyne::Split::none),
                          context.analysis, folder),
                 instance.on_whole_machine ? context.folder.survey().config()
                                           : staged_config(context, plan.placements, placement, facts, folder,
                                                           context.folder.survey().config()));
    context.display.note(fmt::format("hlaunch: nlsq on all {} points", facts.data_points));
    auto stage_instance = to_stage_instance(context, plan, instance, folder, "nlsq");
    stage_instance.judge = judge_of(folder);
    stage_instance.cost = static_cast<double>(facts.data_points);
    stage_instance.expected_s = context.journal.history().expected_seconds("nlsq", stage_instance.cost);
    stage_instance.worker_sign.clear();
    const auto formula = homodyne::forecast_nlsq_bytes(facts);
    stage_instance.forecast_bytes = homodyne::scaled(formula, homodyne::learned_factor(context.request, facts, "nlsq"));
    const MemoryMeasured memory{"nlsq", facts.version, stage_instance.forecast_bytes, formula};
    const auto result = run_alone(context, "nlsq", std::move(stage_instance));
    write_usage_picture(context.folder, plan);
    record_memory(context, memory, result);
    note_profiles(context, folder, "nlsq");
    if (const auto text = try_read_text(nlsq_result_file(folder)))
        context.journal.append(events::Fitted{.stage = "nlsq", .hash = hash_text(*text)});
    const auto fit = usable_fit(context);
    context.journal.append(events::Checked{.stage = "nlsq", .hash = fit.hash, .seconds = result.seconds});
}

}  // namespace

void run_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts) {
    run_nlsq_unless(context.journal.history().checked, context, plan, stage, facts);
}

void try_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts) {
    try {
        run_nlsq_unless(context.journal.history().fitted, context, plan, stage, facts);
    } catch (const Error& error) {
        if (error.code() != ExitCode::failed) throw;
        context.display.note(fmt::format("hlaunch: {}", error.what()));
    }
}

void check_given_fit(const JobContext& context, const homodyne::Facts& facts) {
    if (context.request.nlsq_result.empty() || !facts.given_fit) return;
    const auto problems = problems_of_given_fit(context.request.nlsq_result, facts.given_fit);
    if (problems.empty() || accepts_nlsq(context.analysis)) return;
    throw usage_error(
        "--nlsq-result {} is no fit of these data to build on: {}; leave --nlsq-result out: hlaunch makes a fit; "
        "--accept nlsq uses this one all the same",
        homodyne::result_file_of(context.request.nlsq_result), fmt::join(problems, "; "));
}

}  // namespace hlaunch
