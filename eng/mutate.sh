#!/usr/bin/env bash
# Removes each guard of the lease protocol in turn (eng/mutations.txt), in a copy of the sources, and shows that the simulation finds it.
#   eng/mutate.sh [SEEDS] [--only TEXT]
#                     at most SEEDS seeds a guard (10,000, those that ./test runs), from seed 1; --only: the guards whose name contains TEXT
# Exit code 0: every guard was found missing; 1: one was not; 2: an edit does not apply or the result does not build.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seeds=10000 only=''
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=${2:?--only wants a text}; shift ;;
    *[!0-9]* | '') echo "mutate: '$1' is not understood; see $0" >&2; exit 2 ;;
    *) seeds=$1 ;;
  esac
  shift
done

fail() {
  echo "mutate: $1" >&2
  exit 2
}

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests"
cp -r "$root/src" "$root/eng" "$copy"
cp -r "$root/tests/OwpPool.Simulation" "$root/tests/OwpPool.Simulator" "$root"/tests/Directory.Build.* "$copy/tests"
cp "$root"/Directory.* "$root/global.json" "$copy"
find "$copy" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
export ArtifactsPath=$copy/artifacts
mkdir "$copy/original"
cp -r "$copy/src" "$copy/tests" "$copy/original"

# build WHAT [OPTION...]
build() {
  local what=$1
  shift
  # A removed guard leaves code that is never reached, and fields that are never read.
  dotnet build "$copy/tests/OwpPool.Simulation" -c Release -nologo -v quiet -p:TreatWarningsAsErrors=false -p:WarningLevel=0 \
    -p:RunAnalyzers=false "$@" >"$copy/build.log" 2>&1 </dev/null || {
    sort -u "$copy/build.log" >&2
    fail "$what does not build"
  }
}

# edit FILE FROM TO: FROM must be there once, or the table would tell of a guard that was never removed.
edit() {
  local text rest
  text=$(cat "$copy/$1" && echo .) || fail "there is no $1"
  rest=${text#*"$2"}
  [ "$rest" != "$text" ] || fail "'$guard': '$2' is not in $1"
  [ "${rest#*"$2"}" = "$rest" ] || fail "'$guard': '$2' is in $1 more than once"
  text=${text%%"$2"*}$3$rest
  printf '%s' "${text%.}" >"$copy/$1"
}

row() {
  printf '%-46s %-26s %-11s %12s %10s\n' "$@"
}

# Builds the edited copy, runs it, prints the guard's row, and puts the sources back.
try_guard() {
  local said code=0 found seed operations invariant file
  build "'$guard'" --no-restore -p:BuildProjectReferences=false
  said=$(dotnet exec "$program" "$seeds" --start 1 </dev/null) || code=$?
  # Seeds are counted from 1: the seed's number is how many it took.
  found=$(sed -n 's/^seed \([0-9]*\) FAILED after \([0-9]*\) operations: \([^:]*\): .*/\1|\2|\3/p' <<<"$said" | tail -n 1)
  if [ "$code" = 1 ] && [ -n "$found" ]; then
    IFS='|' read -r seed operations invariant <<<"$found"
    row "$guard" "$(basename "${files[0]}")" "$invariant" "$seed" "$operations"
  else
    row "$guard" "$(basename "${files[0]}")" 'NOT FOUND' "$seeds" -
    missed=$((missed + 1))
  fi
  for file in "${files[@]}"; do cp "$copy/original/$file" "$copy/$file"; done
}

build 'the tree as it is'
program=$(dotnet msbuild "$copy/tests/OwpPool.Simulation" -getProperty:TargetPath -p:Configuration=Release)
guard='' file='' from='' tried=0 missed=0 files=()
row 'guard removed' 'file' 'caught by' 'seeds needed' 'operations'
finish() {
  [ ${#files[@]} -eq 0 ] || { tried=$((tried + 1)); try_guard; }
  files=()
}
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    'guard '*) finish; guard=${line#guard }; [[ $guard == *"$only"* ]] || guard='' ;;
    'file '*) file=${line#file } ;;
    '- '*) from=${line#- } ;;
    '+'*)
      [ -n "$guard" ] || continue
      line=${line#+}
      edit "$file" "$from" "${line# }"
      files+=("$file")
      ;;
  esac
done <"$copy/eng/mutations.txt"
finish
[ "$tried" -gt 0 ] || fail "no guard's name contains '$only'"
echo "$((tried - missed)) of $tried guards caught when removed, within $seeds seeds"
[ "$missed" = 0 ]
