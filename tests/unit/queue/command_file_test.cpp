#include "queue/command_file.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
using Words = std::vector<std::string>;

namespace {

class File {
  public:
    explicit File(const std::string& text) {
        std::string pattern = "/tmp/hlaunch-queue-XXXXXX";
        ::close(::mkstemp(pattern.data()));
        path = pattern;
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::remove(path.c_str()); }
    std::string path;
};

std::vector<Words> all_of(const std::string& text, char separator = '\n') {
    const File file(text);
    CommandFile tasks(file.path, separator);
    std::vector<Words> out;
    while (const auto task = tasks.next()) out.push_back(task->argv);
    return out;
}

}  // namespace

TEST_CASE("words are apart by blanks and quoted as in sh", "[queue]") {
    CHECK(words_of_record("echo a  b") == Words{"echo", "a", "b"});
    CHECK(words_of_record("echo 'a b' \"c d\" e\\ f") == Words{"echo", "a b", "c d", "e f"});
    CHECK(words_of_record("echo '' \"\"") == Words{"echo", "", ""});
    CHECK(words_of_record(R"(echo "a\"b\\c\d" '$HOME' '$(x)' \*)") ==
          Words{"echo", R"(a"b\c\d)", "$HOME", "$(x)", "*"});
    CHECK(words_of_record("x#y '#' z") == Words{"x#y", "#", "z"});
    CHECK(words_of_record("  # a comment").empty());
    CHECK(words_of_record(" \t").empty());
    CHECK(words_of_record(R"(["echo", "a b", "\u00e4"])") == Words{"echo", "a b", "\xc3\xa4"});
    CHECK(words_of_record("echo \xff\xfe") == Words{"echo", "\xff\xfe"});
    for (const char* bad :
         {"echo 'a", "echo \"a", "echo \\", "[\"a\"", "[1]", "{}[", "''", "[\"a\\u0000b\"]", "[]", "[\"\"]",
          "[[\"echo\", \"a\"]]", "[ -f x ]", "echo a > b", "cd x", "#DISBATCH PREFIX ( cd /x ;"}) {
        INFO(bad);
        if (std::string(bad) == "{}[")
            CHECK(words_of_record(bad) == Words{"{}["});
        else
            CHECK_THROWS_AS(words_of_record(bad), Error);
    }
}

TEST_CASE("the mark that an editor puts before a text is none of its words", "[queue]") {
    CHECK(all_of("\xef\xbb\xbf"
                 "echo a\n\xef\xbb\xbf"
                 "echo") == std::vector<Words>{{"echo", "a"},
                                               {"\xef\xbb\xbf"
                                                "echo"}});
    const File file(
        "\xef\xbb\xbf"
        "true");
    CommandFile tasks(file.path, '\n');
    CHECK(tasks.next()->argv == Words{"true"});
    tasks.rewind();
    CHECK(tasks.next()->argv == Words{"true"});
}

TEST_CASE("records are read one by one, with their numbers, again after a rewind", "[queue]") {
    const File file("true\n# no\n\necho a\nlast");
    CommandFile tasks(file.path, '\n');
    for (int round = 0; round < 2; ++round) {
        CHECK(tasks.next()->number == 1);
        CHECK(tasks.next()->number == 4);
        CHECK(tasks.next()->argv == Words{"last"});
        CHECK(!tasks.next());
        tasks.rewind();
    }
    CHECK(all_of(std::string("\necho a\tb\n") + '\0' + "true", '\0') ==
          std::vector<Words>{{"echo", "a", "b"}, {"true"}});
    CHECK_THROWS_AS(all_of("echo a\necho b", '\0'), Error);  // two commands
    CHECK(all_of("").empty());
    std::string many;
    for (int i = 0; i < 20000; ++i) many += "echo " + std::to_string(i) + "\n";
    const auto words = all_of(many);
    REQUIRE(words.size() == 20000);
    CHECK(words.back() == Words{"echo", "19999"});
}

TEST_CASE("what is no file of commands is refused", "[queue]") {
    CHECK_THROWS_AS(CommandFile("/nowhere/at/all", '\n'), Error);
    CHECK_THROWS_AS(CommandFile("/", '\n'), Error);
    CHECK_THROWS_AS(all_of("echo 'a\n"), Error);
    CHECK_THROWS_AS(all_of(std::string("a\0b\n", 4)), Error);
    CHECK_THROWS_AS(all_of(std::string(5U << 20U, 'x')), Error);
    CHECK_THROWS_WITH(all_of(std::string("\xff\xfe"
                                         "e\0c\0h\0o\0",
                                         10)),
                      contains_text("UTF-8"));
    CHECK_THROWS_WITH(all_of("echo a\n\necho b | wc\n"), contains_text(": line 3: '|' in column 8 "));
}

TEST_CASE("files of other systems and tools hold their commands and nothing else", "[queue]") {
    const std::vector<Words> two{{"echo", "a"}, {"echo", "b c"}};
    CHECK(all_of("echo a\r\n\r\necho 'b c'\r\n\r\n") == two);
    CHECK(all_of("\xef\xbb\xbf# parallel -j4 <this\r\n\n \t\necho a\n\n#\necho b\\ c\n\n\n") == two);
    CHECK(all_of("\r\n\n#\n \n").empty());
    CHECK_THROWS_AS(all_of("echo a\recho b\r"), Error);  // a carriage return alone ends lines on old systems
}

TEST_CASE("a word longer than the kernel takes is refused with its length and line", "[queue]") {
    const auto long_word = std::string(200000, 'x');
    CHECK_THROWS_WITH(all_of("true\necho " + long_word + "\n"),
                      contains_text("line 2: word 2 of the command is 200000 bytes") && contains_text("131071"));
    CHECK_THROWS_AS(all_of("[\"echo\", \"" + long_word + "\"]"), Error);
    CHECK(all_of("echo " + std::string(100000, 'x')).size() == 1);
}

TEST_CASE("keys tell tasks apart", "[queue]") {
    std::set<std::uint64_t> keys;
    for (const auto& argv : {Words{"a", "b"}, Words{"a b"}, Words{"ab"}, Words{"a", "", "b"}})
        for (const char* cwd : {"/", "/x"})
            for (std::uint64_t i = 0; i < 3; ++i) keys.insert(task_key(argv, cwd, i));
    CHECK(keys.size() == 24);
}
