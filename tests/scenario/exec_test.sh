#!/bin/bash
# hlaunch exec from the outside: what it binds, what it refuses and with which exit code.
# shellcheck disable=SC2016  # what is in single quotes is for the child's shell
. "$(dirname "$0")/../lib.sh"
set +e
hlaunch=$HLAUNCH work=$T
cd "$work" || exit 3

# said NAME CODE PATTERN COMMAND...: exit code, standard output and error together match the extended pattern
# as a whole; and an error of ours is exactly one line.
said() {
  local name=$1 code=$2 pattern=$3 output status=0
  shift 3
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ "$status" != "$code" ]; then
    fail "$name" "exit code $status instead of $code: $output"
  elif [[ ! $output =~ ^($pattern)$ ]]; then
    fail "$name" "said '$output', not '$pattern'"
  elif [[ $output == hlaunch:* ]] && [ "$(wc -l <<<"$output")" != 1 ]; then
    fail "$name" "more than one line: $output"
  else
    pass "$name"
  fi
}

allowed() { sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status; }
first=$(allowed | sed 's/[-,].*//')
last=$(allowed | sed 's/.*[-,]//')
show=(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)

said "the command runs on the CPUs given" 0 "$last" "$hlaunch" exec --cpus "$last" -- "${show[@]}"
said "the option may be joined by =" 0 "$first" "$hlaunch" exec "--cpus=$first" -- "${show[@]}"
said "arguments arrive as they are" 0 'a b,\$HOME,\*,,--cpus,' \
  "$hlaunch" exec --cpus "$first" -- printf '%s,' 'a b' '$HOME' '*' '' --cpus
said "without -- options behind the command are the command's" 0 '-n --cpus' "$hlaunch" exec --cpus "$first" printf '%s %s' -n --cpus
said "the exit code is the command's" 42 '' "$hlaunch" exec --cpus "$first" -- sh -c 'exit 42'
said "a signal is the command's" 143 '' "$hlaunch" exec --cpus "$first" -- sh -c 'kill $$'
said "the process is the same" 0 'same' sh -c 'echo "$$" >pid; exec "$@"' sh "$hlaunch" exec --cpus "$first" -- \
  sh -c '[ "$$" = "$(cat pid)" ] && echo same'
printf 'echo "plain $1"\n' >script && chmod +x script
said "a script without interpreter line runs" 0 'plain x' "$hlaunch" exec --cpus "$first" -- ./script x

said "missing command: 127" 127 "hlaunch: .*no-such-command.*No such file or directory" \
  "$hlaunch" exec --cpus "$first" -- no-such-command
said "not executable: 126" 126 "hlaunch: .*Permission denied" "$hlaunch" exec --cpus "$first" -- /etc/passwd
said "a folder: 126" 126 "hlaunch: .*Permission denied" "$hlaunch" exec --cpus "$first" -- /etc
said "foreign CPUs: 3" 3 "hlaunch: .*CPUs 9999 are not among.*" "$hlaunch" exec --cpus "$first,9999" -- true
said "foreign nodes: 3" 3 "hlaunch: .*nodes 4000 are not among.*" "$hlaunch" exec --mems 4000 -- true
said "CPUs outside an inherited mask: 3" 3 "hlaunch: .*impossible.*" \
  "$hlaunch" exec --cpus "$last" -- "$hlaunch" exec --cpus "$((last + 1))" -- true
if [ "$first" != "$last" ]; then
  said "an inherited mask is not widened: 3" 3 "hlaunch: .*impossible.*" \
    "$hlaunch" exec --cpus "$last" -- "$hlaunch" exec --cpus "$first" -- true
else
  skip "an inherited mask is not widened: needs two CPUs"
fi
for bad in "" "x" "1-" "-1" "3-1" "1,,2" "99999999999999999999" "0x1" "1;2" "1 2"; do
  said "bad list '$bad': 2" 2 "hlaunch: .*" "$hlaunch" exec --cpus "$bad" -- true
done
said "no command: 2" 2 "hlaunch: .*no command.*" "$hlaunch" exec --cpus "$first"
said "no command after --: 2" 2 "hlaunch: .*no command.*" "$hlaunch" exec --cpus "$first" --
said "nothing to bind: 2" 2 "hlaunch: .*nothing to bind.*" "$hlaunch" exec -- true
said "no value: 2" 2 "hlaunch: .*needs a value.*" "$hlaunch" exec --cpus
said "unknown option: 2" 2 "hlaunch: .*unknown option '--cpu'.*" "$hlaunch" exec --cpu 0 -- true
said "unknown policy: 2" 2 "hlaunch: .*memory policy 'hard' is unknown.*" "$hlaunch" exec --mems 0 --mem-policy hard -- true
said "policy without nodes: 2" 2 "hlaunch: .*needs --mems.*" "$hlaunch" exec --cpus "$first" --mem-policy bind -- true
said "an empty command name: 127" 127 "hlaunch: .*" "$hlaunch" exec --cpus "$first" -- ""

if [ -d /sys/devices/system/node/node0 ] && "$hlaunch" exec --mems 0 -- true 2>/dev/null; then
  policy=(sh -c 'awk "{print \$2; exit}" /proc/self/numa_maps')
  said "--mems binds" 0 'bind:0' "$hlaunch" exec --mems 0 -- "${policy[@]}"
  said "interleave" 0 'interleave:0' "$hlaunch" exec --mems 0 --mem-policy interleave -- "${policy[@]}"
  said "preferred" 0 'prefer:0' "$hlaunch" exec --mems 0 --mem-policy=preferred -- "${policy[@]}"
  said "only --cpus leaves the policy" 0 'default' "$hlaunch" exec --cpus "$first" -- "${policy[@]}"
else
  for check in "--mems binds" "interleave" "preferred" "only --cpus leaves the policy"; do
    skip "$check" "memory policies are not to be had here"
  done
fi

# What costs at every start: only what exec needs is linked.
linked=$(ldd "$hlaunch")
case $linked in
*hwloc* | *libzip* | *libcrypto*) fail "no library is linked that exec does not need" "$linked" ;;
*) pass "no library is linked that exec does not need" ;;
esac
summary
