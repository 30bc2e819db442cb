#include "report/usage_svg.h"

#include <algorithm>

#include "catch.h"

using namespace hlaunch;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

UsageCurve curve(const std::string& label, double peak_cpu) {
    UsageCurve out{.label = label, .cpus = "0-1", .pus = 2, .samples = {}};
    for (int i = 0; i < 20; ++i) {
        UsageSample sample;
        sample.at_s = i;
        sample.cpu_percent = i < 10 ? 50.0 : peak_cpu;
        sample.resident_bytes = 1ULL << 30U;
        sample.threads = 12;
        if (i == 5) sample.local_share = 1.0;
        out.samples.push_back(sample);
    }
    return out;
}

}  // namespace

TEST_CASE("usage picture: a row an instance, four panels a row, hostile labels escaped") {
    const auto svg = usage_svg({curve("part 000", 190.0), curve("<part & \"001\">", 100.0)});
    CHECK(svg.starts_with("<svg "));
    CHECK(count(svg, "class=\"frame\"") == 8);
    CHECK(count(svg, "<polyline") == 8);
    CHECK(count(svg, "most 190 %") == 1);
    CHECK(svg.find("&lt;part &amp; &quot;001&quot;&gt;") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
}

TEST_CASE("usage picture: more than the placement's CPUs stays inside, what was not measured says so") {
    auto one = curve("a", 5000.0);
    for (auto& sample : one.samples) sample.local_share.reset();
    const auto svg = usage_svg({one});
    CHECK(count(svg, "not known") == 1);
    CHECK(count(svg, ",-") == 0);  // no point above the frame
    CHECK(usage_svg({}).starts_with("<svg "));
}
