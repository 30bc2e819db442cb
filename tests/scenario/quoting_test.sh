#!/usr/bin/env bash
# A hundred thousand hostile words through the templates' escape and two real shells, and back, byte for byte.
# QUOTING_SEED: other words.
. "$(dirname "$0")/../lib.sh"
cd "$T"
seed=${QUOTING_SEED:-1}
echo "# QUOTING_SEED=$seed"
python3 - "$seed" >words <<'EOF'
import random
import sys

chance = random.Random(int(sys.argv[1]))
pieces = [b" ", b"'", b'"', b"\\", b"\n", b"\r", b"\t", b"$", b"$(id)", b"`id`", b"${HOME}", b"!", b"!!", b"*", b"?", b"[a]", b"~", b"#", b";", b"&",
          b"|", b"<", b">", b"(", b")", b"{a,b}", b"=", b"%s", b"\\0", b"-n", b"--", b"a", b"B", b"\xc3\xa9", b"\xe2\x82\xac", b"\xff", b"\x80", b"\x01",
          b"\x7f", b"{{x}}", b"}}"]
out = []
for _ in range(100000):
    word = b"".join(chance.choice(pieces) for _ in range(chance.randrange(0, 12)))
    out.append(word if chance.random() < 0.9 else b"-" + word)
sys.stdout.buffer.write(b"".join(word + b"\0" for word in out))
EOF
check "a script is made of them" bash -c '"$1/tests/scenario/quote_words" <words >script' _ "$BUILD"
for shell in bash dash; do
    if ! command -v "$shell" >/dev/null; then
        skip "words through $shell" "no $shell here"
        continue
    fi
    check "$shell gives back each word as it was" bash -c 'command "$1" script >back && cmp words back' _ "$shell"
done
check_equal "so many words" 100000 "$(tr -cd '\0' <words | wc -c)"
summary
