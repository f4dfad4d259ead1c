#!/usr/bin/env bash
# Kills the real server with SIGKILL under load, again and again, and checks everything that it ever said against what it kept.
#   eng/crash.sh [ROUNDS [WORKERS [SEED]]]     default 200 rounds, 50 workers, any seed, which is printed
# Exit code 0: the history is clean; 1: it is not, and the database is kept for a look.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/OwpPool.EndToEnd.Tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet build "$project" -c Release -nologo -v quiet >"$log" 2>&1 </dev/null || { sort -u "$log" >&2; exit 2; }
program=$(dotnet msbuild "$project" -getProperty:TargetPath -p:Configuration=Release)
dotnet exec "$program" "$@"
