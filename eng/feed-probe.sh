# shellcheck shell=bash
# Sourced by ./run and ./test: finds out which Orleans and which SQLite the machine's package feed can give, and exports
#   OrleansHost  Packages | StandIn
#   SqliteStack  Current  | Legacy
# unless they are set already. Directory.Build.props says what they mean. Restoring two tiny projects takes seconds, so the
# answer is kept for each feed configuration and set of versions; an answer that came without a reachable feed is not kept.

owp_probe_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What the answer depends on: NuGet's configuration on this machine, the versions asked for, the SDK that asks.
owp_probe_key() {
  {
    dotnet --version
    printf '%s\n' "${OrleansVersion:-}" "${RestoreSources:-}" "${RestoreAdditionalProjectSources:-}" "${NUGET_PACKAGES:-}"
    grep -E 'Orleans|Sqlite|SQLitePCLRaw' "$owp_probe_root/Directory.Packages.props" "$owp_probe_root/Directory.Build.props"
    cat "$owp_probe_root/eng/feed-probe.sh"
    local dir=$owp_probe_root file
    while [ "$dir" != / ]; do
      for file in "$dir"/[Nn]u[Gg]et.[Cc]onfig; do [ -f "$file" ] && cat "$file"; done
      dir=$(dirname "$dir")
    done
    for dir in "${HOME:-/}/.nuget/NuGet" "${HOME:-/}/.nuget/config" "${HOME:-/}/.config/NuGet" /etc/opt/NuGet/Config; do
      for file in "$dir"/*.[Cc]onfig; do [ -f "$file" ] && cat "$file"; done
    done
    true
  } | cksum | tr ' ' '-'
}

# owp_probe_restore NAME PACKAGE...: exit code 0 = the feed has them; 1 = it lacks some; 2 = no telling, the feed did not answer.
owp_probe_restore() {
  local dir=$1/$2 package
  shift 2
  mkdir -p "$dir"
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>'
    for package in "$@"; do echo "<PackageReference Include=\"$package\" />"; done
    echo '</ItemGroup></Project>'
  } >"$dir/probe.csproj"
  # The project lies inside the repository, so it takes its versions from where every other project takes them.
  local limit=()
  command -v timeout >/dev/null && limit=(timeout 120)
  if env -u ArtifactsPath OrleansHost=Packages SqliteStack=Current ${limit[@]+"${limit[@]}"} \
    dotnet restore "$dir/probe.csproj" --nologo -v minimal >"$dir/restore.log" 2>&1; then
    return 0
  fi
  # NU1101, 1102, 1103: no such package or version. Anything else, NU1301 above all, is a feed that cannot be asked.
  if grep -qE 'NU110[123]' "$dir/restore.log" && ! grep -q NU1301 "$dir/restore.log"; then return 1; fi
  return 2
}

owp_probe_ask() {
  local dir orleans=0 sqlite=0 pid
  mkdir -p "$owp_probe_root/artifacts"
  dir=$(mktemp -d "$owp_probe_root/artifacts/feed-probe.XXXXXX")
  owp_probe_restore "$dir" orleans Microsoft.Orleans.Server Microsoft.Orleans.Sdk Microsoft.Orleans.Persistence.AdoNet \
    Microsoft.Orleans.Reminders.AdoNet Microsoft.Orleans.Clustering.AdoNet &
  pid=$!
  owp_probe_restore "$dir" sqlite Microsoft.Data.Sqlite || sqlite=$?
  wait "$pid" || orleans=$?
  rm -rf "$dir"
  owp_probe_answer=$orleans-$sqlite
}

owp_probe_say() {
  local orleans sqlite
  case ${owp_probe_answer%-*} in
    given) orleans='as the environment says' ;;
    0) orleans='the package feed has all of Microsoft Orleans' ;;
    1) orleans='the package feed lacks parts of Microsoft Orleans' ;;
    *) orleans='no package feed answered' ;;
  esac
  case ${owp_probe_answer#*-} in
    given) sqlite='as the environment says' ;;
    0) sqlite='the package feed has the current one' ;;
    1) sqlite='the package feed lacks the current one' ;;
    *) sqlite='no package feed answered' ;;
  esac
  echo "Host: OrleansHost=$OrleansHost ($orleans); SqliteStack=$SqliteStack ($sqlite)." >&2
}

owp_feed_probe() {
  owp_probe_answer=given-given
  if [ -z "${OrleansHost:-}" ] || [ -z "${SqliteStack:-}" ]; then
    local cache=${XDG_CACHE_HOME:-${HOME:-/}/.cache}/owp-pool/feed-probe file
    mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=$owp_probe_root/artifacts/feed-probe-answers
    file=$cache/$(owp_probe_key)
    if [ -r "$file" ]; then
      owp_probe_answer=$(cat "$file")
    else
      owp_probe_ask
      mkdir -p "$cache"
      case $owp_probe_answer in *2*) ;; *) echo "$owp_probe_answer" >"$file" ;; esac
    fi
    [ -z "${OrleansHost:-}" ] || owp_probe_answer=given-${owp_probe_answer#*-}
    [ -z "${SqliteStack:-}" ] || owp_probe_answer=${owp_probe_answer%-*}-given
  fi
  if [ -z "${OrleansHost:-}" ]; then
    if [ "${owp_probe_answer%-*}" = 0 ]; then OrleansHost=Packages; else OrleansHost=StandIn; fi
  fi
  if [ -z "${SqliteStack:-}" ]; then
    if [ "${owp_probe_answer#*-}" = 0 ]; then SqliteStack=Current; else SqliteStack=Legacy; fi
  fi
  export OrleansHost SqliteStack
  owp_probe_say
}
