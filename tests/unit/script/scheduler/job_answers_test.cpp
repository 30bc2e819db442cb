#include "script/scheduler/job_answers.h"

#include "catch.h"

using namespace hlaunch;

namespace {

std::string sbatch_id(const char* out) {
    const auto id = id_from_sbatch(out);
    return id ? id->number + (id->cluster.empty() ? "" : "@" + id->cluster) : "none";
}

std::string qsub_id(const char* out) {
    const auto id = id_from_qsub(out);
    return id ? id->number : "none";
}

std::string told(const JobAnswer& answer) {
    const char* standing = answer.standing == JobStanding::queued ? "queued"
                           : answer.standing == JobStanding::gone ? "gone"
                                                                  : "unknown";
    return answer.words.empty() ? standing : std::string(standing) + ": " + answer.words;
}

}  // namespace

TEST_CASE("the id is found among what a site prints") {
    CHECK(sbatch_id("101\n") == "101");
    CHECK(sbatch_id("101;gpucluster\n") == "101@gpucluster");
    CHECK(sbatch_id("This job will be charged to account xpcs01\n12345\n") == "12345");
    CHECK(sbatch_id("2026\nremaining: 17 hours\n12346;c2\r\n") == "12346@c2");
    CHECK(sbatch_id("12347\n\n  thank you\n") == "12347");
    CHECK(sbatch_id("Submitted batch job 9 on cluster alpha\n") == "9@alpha");
    CHECK(sbatch_id("Submitted batch job 9\n") == "9");
    for (const char* none : {"", "no id\n", "-5\n", "12 34\n", "5;--help\n", "12;a b\n", "job12\n"})
        CHECK(sbatch_id(none) == "none");
    CHECK(qsub_id("This job will be charged to account xpcs01\n42.server\n") == "42.server");
    CHECK(qsub_id("42[].server.site.org\nnote: 3 jobs are before it\n") == "42[].server.site.org");
    CHECK(qsub_id("42\n") == "42");
    for (const char* none : {"", "qsub: waiting\n", "4x2.server\n", "42 jobs\n"}) CHECK(qsub_id(none) == "none");
}

TEST_CASE("cannot tell is not gone: squeue") {
    const auto squeue = [](int code, const char* out, const char* err) {
        return told(read_squeue({code, out, err}, "101"));
    };
    CHECK(squeue(0, "101|101|RUNNING|None|/run/job.sh\n", "") == "queued: RUNNING");
    CHECK(squeue(0, "101|101|PENDING|Priority|/run/job.sh\n", "") == "queued: PENDING (Priority)");
    CHECK(squeue(0, "CLUSTER: gpucluster\n101|101|RUNNING|None|x\n", "") == "queued: RUNNING");
    CHECK(squeue(0, "CLUSTER: gpucluster\n", "") == "gone");
    CHECK(squeue(0, "", "") == "gone");
    CHECK(squeue(0, "101|101|COMPLETED|None|x\n", "") == "gone");
    // Elements of an array: one that runs counts.
    CHECK(squeue(0, "105|101|PENDING|JobArrayTaskLimit|x\n102|101|RUNNING|None|x\n103|101|FAILED|None|x\n", "") ==
          "queued: RUNNING");
    CHECK(squeue(0, "Welcome to alpha!\n101|101|RUNNING|None|x\n", "motd") == "queued: RUNNING");
    CHECK(squeue(0, "Welcome to alpha!\n", "") == "unknown: Welcome to alpha!");
    CHECK(squeue(0, "", "squeue: error: slurm_receive_msg: Zero Bytes were transmitted") ==
          "unknown: squeue: error: slurm_receive_msg: Zero Bytes were transmitted");
    CHECK(squeue(1, "", "slurm_load_jobs error: Invalid job id specified") == "gone");
    CHECK(squeue(1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)") ==
          "unknown: slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
    CHECK(squeue(1, "", "") == "unknown: no word, exit code 1");
    CHECK(squeue(0, "1010|1010|RUNNING|None|x\n", "").starts_with("unknown"));  // not what was asked
    CHECK(read_squeue({0, "101|101|RUNNING|None|/a|b c/job.sh\n", ""}, "101").script == "/a|b c/job.sh");
}

TEST_CASE("the second opinion of scontrol, and PBS's qstat") {
    const auto scontrol = [](int code, const char* out, const char* err) {
        return told(read_scontrol_job({code, out, err}, "101"));
    };
    CHECK(scontrol(0, "JobId=101 JobName=x\n   JobState=RUNNING Reason=None\n", "") == "queued: RUNNING");
    CHECK(scontrol(0, "JobId=101 JobName=x\n   JobState=COMPLETED Reason=None\n", "") == "gone");
    CHECK(
        scontrol(
            0,
            "JobId=103 ArrayJobId=101 ArrayTaskId=1\n JobState=FAILED\n\nJobId=104 ArrayJobId=101\n JobState=PENDING\n",
            "") == "queued: PENDING");
    CHECK(scontrol(1, "", "slurm_load_jobs error: Invalid job id specified") == "gone");
    CHECK(scontrol(1, "", "Unable to contact slurm controller").starts_with("unknown"));
    CHECK(scontrol(0, "hello\n", "").starts_with("unknown"));

    const auto qstat = [](int code, const char* out, const char* err) {
        return told(read_qstat({code, out, err}, "42.server"));
    };
    const char* list =
        "Job id            Name             User              Time Use S Queue\n"
        "----------------  ---------------- ----------------  -------- - -----\n"
        "42.serv           hlaunch          somebody          00:00:00 R workq\n";
    CHECK(qstat(0, list, "") == "queued: in the queue (R)");
    CHECK(qstat(0, "42.server hlaunch somebody 00:00:00 C batch\n", "") == "gone");
    CHECK(qstat(153, "", "qstat: Unknown Job Id 42.server") == "gone");
    CHECK(qstat(35, "", "qstat: 42.server Job has finished") == "gone");
    CHECK(qstat(1, "", "Connection refused\nqstat: cannot connect to server (errno=111)").starts_with("unknown"));
    CHECK(qstat(0, "", "").starts_with("unknown"));
}

TEST_CASE("jobs of a script, for a submission that was told no id") {
    const auto jobs = [](int code, const char* out, const char* err) -> std::string {
        const auto found = jobs_of_script({code, out, err}, "/run/submit-slurm.sh");
        std::string text = found ? "" : "cannot tell";
        for (const auto& job : found.value_or(std::vector<std::string>())) text += job + " ";
        return text;
    };
    CHECK(jobs(0, "7|7|RUNNING|None|/run/submit-slurm.sh\n8|8|RUNNING|None|/other.sh\n", "") == "7 ");
    CHECK(jobs(0, "9|7|RUNNING|None|/run/submit-slurm.sh\n8|7|PENDING|None|/run/submit-slurm.sh\n", "") == "7 ");
    CHECK(jobs(0, "7|7|COMPLETED|None|/run/submit-slurm.sh\n", "").empty());
    CHECK(jobs(0, "", "").empty());
    CHECK(jobs(1, "", "error") == "cannot tell");
    CHECK(jobs(0, "motd\n", "") == "cannot tell");

    const auto pbs = [](int code, const char* out) -> std::string {
        const auto found = pbs_jobs_of_script({code, out, ""}, "/run/submit-pbs.sh");
        std::string text = found ? "" : "cannot tell";
        for (const auto& job : found.value_or(std::vector<std::string>())) text += job + " ";
        return text;
    };
    CHECK(pbs(0,
              "Job Id: 42.server\n    job_state = Q\n    Submit_arguments = "
              "<jsdl-hpcpa:Argument>/run/sub\n\tmit-pbs.sh</jsdl>\n\n") == "42.server ");
    CHECK(pbs(0, "Job Id: 42.server\n    job_state = F\n    Submit_arguments = /run/submit-pbs.sh\n").empty());
    CHECK(pbs(0, "Job Id: 43.server\n    job_state = R\n    submit_args = /other.sh\n").empty());
    CHECK(pbs(0, "").empty());
    CHECK(pbs(0, "motd\n") == "cannot tell");
    CHECK(pbs(1, "") == "cannot tell");
}

TEST_CASE("a refusal is the scheduler's answer; a silence, a time-out and a broken line are none") {
    CHECK(is_refusal({1, "", "sbatch: error: Batch job submission failed: Invalid partition name specified"}));
    CHECK(is_refusal({1, "", "sbatch: error: Invalid --time specification"}));
    CHECK(is_refusal({2, "", "qsub: Bad UID for job execution"}));
    for (const char* words :
         {"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
          "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
          "qsub: cannot connect to server", "Zero Bytes were transmitted or received", ""})
        CHECK_FALSE(is_refusal({1, "", words}));
    CHECK_FALSE(is_refusal({137, "", "killed"}));
    CHECK_FALSE(is_refusal({0, "", "welcome"}));
    CHECK(says_job_is_gone({1, "", "scancel: error: Kill job error on job id 101: Invalid job id specified"}));
    CHECK_FALSE(says_job_is_gone({1, "", "scancel: error: Unable to contact slurm controller"}));
}
