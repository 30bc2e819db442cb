#include "base/text/shell_words.h"

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "catch.h"

using namespace hlaunch;
using Words = std::vector<std::string>;

TEST_CASE("words are read as sh would hand them to a command") {
    CHECK(split_shell_words("").empty());
    CHECK(split_shell_words(" \t ").empty());
    CHECK(split_shell_words("a  b\tc") == Words{"a", "b", "c"});
    CHECK(split_shell_words(R"('/a b/homodyne' -v "c d"e\ f '')") == Words{"/a b/homodyne", "-v", "c de f", ""});
    CHECK(split_shell_words("a\r\n") == Words{"a"});
    CHECK(split_shell_words("a \\\n b \"c\\\nd\"") == Words{"a", "b", "cd"});
}

TEST_CASE("what shell_join writes is read again as it was") {
    const std::vector<Words> all{
        {"/a b/homodyne", "-v"},
        {"it's", "\"q\"", "$(x)", "`y`", "", "*?[a]", "{a,b}", "~", "#", "a;b|c&d<e>f(g)", "\\", "!", "a\tb", "x=1"},
        {"\xc3\xa9\xe2\x82\xac", "\xff\xfe", "-x", "{}", "a\nb", "a\rb"},
        {"A=1"},
        {"cd", "x"},
        {"if"}};
    for (const auto& words : all) {
        INFO(shell_join(words));
        if (words.front() == "A=1" || words.front() == "cd" || words.front() == "if")
            CHECK_THROWS_AS(split_shell_words(shell_join(words)), Error);  // a shell would take them so, too
        else
            CHECK(split_shell_words(shell_join(words)) == words);
    }
}

TEST_CASE("what only a shell can do is refused") {
    for (const char* line : {"echo hello > out.txt",
                             "echo a | wc -c",
                             "wc <in",
                             "a; b",
                             "a &",
                             "a && b",
                             "a || b",
                             "(a)",
                             "echo $HOME",
                             "echo ${x}",
                             "echo $(date)",
                             "echo `date`",

                             "echo $1",
                             "echo $?",
                             "echo $'a\\n'",
                             "ls *.dat",
                             "ls a?",
                             "ls [ab]c",
                             "ls {a,b}",
                             "ls a{1..3}.dat",
                             "~/bin/x",
                             "x ~",
                             "make prefix=~/x",
                             "x P=a:~/b",
                             "a # b",
                             "A=1 b",
                             "A+=1",
                             "A=1",
                             "cd x",
                             "for i in 1 2",
                             "if true",
                             "export A=1",
                             ". ./env.sh",
                             "! a",
                             "{ a",
                             "}",
                             "exit 3",
                             "a\necho b",
                             "a\rb",
                             "wait",
                             "while true",
                             "a>b",
                             "a 2>&1",
                             "echo \"a\"$HOME",
                             "echo a'b'*",
                             "x --o={a,b}",
                             "set -e",
                             "read x"}) {
        INFO(line);
        CHECK_THROWS_AS(split_shell_words(line), Error);
    }
}

TEST_CASE("what a shell leaves as it is, is a word") {
    for (const char* word : {"a#b",  "a~",  "a=~/x=", "--opt=~/x", "{}",         "{index}", "a[",  "a]", "[]",  "{",
                             "100%", "a^b", "a@b",    "a:b",       "$",          "a$",      "5$.", "+x", "a=b", "a!b",
                             "!",    "}",   "a,b",    "..",        "http://x/y", "cd",      "if",  "%t"}) {
        INFO(word);
        if (std::string_view(word) == "a=~/x=") continue;  // bash expands it, other shells do not: refused
        CHECK(split_shell_words(std::string("echo ") + word) == Words{"echo", word});
    }
    for (const char* quoted : {"'>'", "\">\"", "\\>"}) CHECK(split_shell_words(quoted) == Words{">"});
    CHECK(split_shell_words("sh -c \"echo $0 `x`\"") == Words{"sh", "-c", "echo $0 `x`"});
    CHECK(split_shell_words("echo \"5 $\" \"a$.b\" \"\\$HOME\" \"\\`\" '$HOME `x`'") ==
          Words{"echo", "5 $", "a$.b", "$HOME", "`", "$HOME `x`"});
    CHECK(split_shell_words("'cd' x") == Words{"cd", "x"});
    CHECK(split_shell_words("env A=1 b") == Words{"env", "A=1", "b"});
    CHECK(split_shell_words("find . -name '*.x' -exec rm {} \\;") ==
          Words{"find", ".", "-name", "*.x", "-exec", "rm", "{}", ";"});
}

TEST_CASE("the remedy is the line itself, handed to a shell") {
    CHECK_THROWS_WITH(split_shell_words("echo 'a b' > out.txt"),
                      "'>' in column 12 is shell syntax, but no shell reads it: quote it, or let a shell read all: sh "
                      "-c 'echo '\\''a b'\\'' > out.txt'");
    const Words followed = split_shell_words("sh -c 'echo '\\''a b'\\'' > out.txt'");
    CHECK(followed == Words{"sh", "-c", "echo 'a b' > out.txt"});
    CHECK_THROWS_WITH(split_shell_words("A=1 b"), contains_text("write env before it"));
}
