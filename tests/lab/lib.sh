# shellcheck shell=bash
# What the tests in guests share. Source it instead of ../lib.sh.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
set +e
# What a guest has besides: options of numa_guest.sh.
guest_files=(-b "$BUILD/hlaunch" -b "$BUILD/tests/lab/lab_probe") guest_seconds=2400
# Under a sanitizer hlaunch alone would fill a guest.
guest_memory=1
if [[ $(ldd "$BUILD/hlaunch") == *lib[at]san* ]]; then guest_memory=4 guest_seconds=3000; fi

# guest PRESET COUNT: runs the checks on standard input (COUNT of them) and passes on what each says.
guest() {
  local preset=$1 count=$2 status=0 kind name said=0
  {
    # The guest has an environment of its own.
    declare -p -x | grep -E ' (ASAN|TSAN|UBSAN)_OPTIONS=' | sed 's/^declare -x/export/' || :
    echo "memory_times=$guest_memory"
    cat "$REPO/tests/lab/guest_checks.sh" -
  } >"$T/script"
  "$REPO/tests/lab/numa_guest.sh" -p "$preset" -m "$guest_memory" -t "$guest_seconds" "${guest_files[@]}" "$T/script" >"$T/out" 2>"$T/err" </dev/null || status=$?
  if [ "$status" = 77 ]; then
    for _ in $(seq "$count"); do skip "guest $preset" "$(cat "$T/err")"; done
    return
  fi
  sed "s/^/# [$preset] /" "$T/out" "$T/err"
  while read -r kind name; do
    case $kind in
      ok) pass "$name" ;;
      FAILED) fail "$name" "see the guest's words above" ;;
      *) continue ;;
    esac
    said=$((said + 1))
  done <"$T/out"
  # A check that never said anything has failed: the guest died, or the script ended early.
  [ "$said" = "$count" ] || fail "guest $preset" "$said of $count checks reported, exit code $status"
}

# guest_slurm TEST: a Slurm for the guest, or the test ends as skipped. Its checks begin with "$guest_slurm", which starts it.
guest_slurm() {
  local stepd plugins program
  PATH=$PATH:/usr/sbin
  stepd=$(readlink -f "$(command -v slurmstepd)") plugins=$(dirname "$(ldconfig -p | awk '/libslurmfull/ { print $NF; exit }')")
  [ -e "$plugins/task_affinity.so" ] || plugins=$(dirname "$(find /usr/lib -name task_affinity.so -print -quit)")
  if [ -z "$stepd" ] || [ ! -e "$plugins/task_affinity.so" ]; then
    skip "$1" "slurm-wlm is missing"
    summary
  fi
  guest_files+=(-f "$plugins" -f "$stepd")
  for program in slurmctld slurmd srun sbatch sinfo squeue scontrol; do guest_files+=(-b "$(command -v "$program")"); done
  # shellcheck disable=SC2034
  guest_slurm="stepd=$stepd
$(cat "$REPO/tests/lab/guest_slurm.sh")"
}
