#!/usr/bin/env bash
# Simulates the pool: the real grains on one thread in virtual time, under faults, from a seed.
#   eng/simulate.sh [COUNT] [--start SEED] [--ops N] [--threads N] [--keep-going] [--bytes]
#                                    COUNT seeds (1,000), from SEED or from anywhere; stops at the first that fails; Ctrl-C ends it
#   eng/simulate.sh --seed SEED [--trace] [--ops N] [--bytes]
#                                    one seed again, with its last operations or with every step
# --bytes: every call is serialised, as between two silos.
# Exit code 0: every promise held; 1: one did not, and the command that shows it again is printed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/OwpPool.Simulation
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet build "$project" -c Release -nologo -v quiet >"$log" 2>&1 </dev/null || { sort -u "$log" >&2; exit 2; }
program=$(dotnet msbuild "$project" -getProperty:TargetPath -p:Configuration=Release)
dotnet exec "$program" "$@"
