#!/usr/bin/env bash
# Shows a worker's session in a terminal: register, a task done by a script that commits to a bare repository and reports a pull request,
# a lease lost in the middle of another (its whole process group ends), and a drain. Prints what the terminal showed.
#   eng/worker-session.sh      needs tmux, git, curl and jq
set -euo pipefail
cd "$(dirname "$0")/.."
# Builds a project, and sets built to the program that came of it.
build() {
  local log
  log=$(dotnet build "$1" -c Release -nologo -v quiet) || { echo "$log" >&2; exit 1; }
  built=$(dotnet msbuild "$1" -p:Configuration=Release -getProperty:TargetPath)
}
build src/OwpPool.Server
server_dll=$built
build src/OwpPool.Cli
owp_dll=$built
command -v tmux >/dev/null || { echo "tmux is not installed." >&2; exit 1; }

work=$(mktemp -d)
socket=$work/tmux
server=
end() {
  tmux -S "$socket" kill-server 2>/dev/null || true
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

# The pool, and a maintainer.
export OWP_ADMIN_TOKEN=a-session-admin-token-of-good-length
port=$((20000 + RANDOM % 10000))
url=http://127.0.0.1:$port
OWP_PORT=$port OWP_DB_PATH=$work/pool.db LOG_LEVEL=warning dotnet "$server_dll" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do curl -fsS "$url/readyz" >/dev/null 2>&1 && break; sleep 0.1; done
admin() { curl -fsS "$url$1" -H "X-Admin-Token: $OWP_ADMIN_TOKEN" -d "$2"; }
admin /v1/admin/repos '{"repo": "acme/shop", "max_open_prs": 5, "area_locks_enabled": false}' >/dev/null
add_task() { admin /v1/admin/tasks "{\"repo\": \"acme/shop\", \"title\": \"$1\", \"priority\": $2}" | jq -r .task_id; }

# A repository, a clone of it, and the script that does the work.
(
  cd "$work"
  git init -q --bare -b main origin.git
  git clone -q origin.git shop 2>/dev/null
  cd shop
  git config user.name Ada
  git config user.email ada@example.com
  echo '# Shop' >README.md
  git add .
  git commit -qm 'Begin a shop'
  git push -q origin HEAD:main
  git remote set-head origin main
)
cat >"$work/work.sh" <<'SCRIPT'
#!/bin/sh
# Does a task: a commit on the task's own branch, pushed, and the address of its pull request in OWP_PR_FILE.
set -e
if [ "${OWP_TASK_TITLE#Long}" != "$OWP_TASK_TITLE" ]; then
  sleep 4242 & sleep 4242 &
  echo "thinking in $$ with two helpers"
  wait
fi
echo "$OWP_TASK_TITLE" >>README.md
git commit -qam "$OWP_TASK_TITLE"
git push -q origin "$OWP_BRANCH"
[ "${OWP_TASK_TITLE#Slow}" = "$OWP_TASK_TITLE" ] || sleep 4
echo "https://github.com/acme/shop/pull/$(printf %s "$OWP_TASK_ID" | cksum | cut -c1-5)" >"$OWP_PR_FILE"
SCRIPT
chmod +x "$work/work.sh"

# The worker's terminal.
pane() { tmux -S "$socket" "$@"; }
screen() { pane capture-pane -p -S - -t worker; }
type_in() { pane send-keys -t worker "$1" Enter; }
await() {
  for _ in $(seq 300); do
    screen | grep -Eq -- "$1" && return
    sleep 0.1
  done
  screen
  echo "The terminal never showed: $1" >&2
  exit 1
}
cat >"$work/bashrc" <<RC
PS1='\$ '
owp() { dotnet '$owp_dll' "\$@"; }
export XDG_CONFIG_HOME='$work/config' OWP_URL='$url' TZ=UTC
unset OWP_ADMIN_TOKEN
cd '$work'
RC
pane -f /dev/null new-session -d -s worker -x 150 -y 50 "bash --noprofile --rcfile '$work/bashrc' -i"
await '^\$'

type_in "owp worker register --name ada --skills sql"
await 'Kept in '
first=$(add_task 'Explain the shop' 90)
type_in "owp worker run --repo-dir shop --exec ../../work.sh --max-tasks 1"
await 'Ended: 1 delivered'
type_in "git -C origin.git log --oneline --format='%s  (%an)' owp/$first"
await 'Explain the shop  \(Ada\)'

# The lease goes in the middle.
second=$(add_task 'Long thought' 80)
type_in "owp worker run --repo-dir shop --exec ../../work.sh --echo --heartbeat-every 1"
await 'with two helpers'
before=$(pgrep -fc '^sleep 4242' || true)
admin "/v1/admin/tasks/$second/cancel" '{"reason": "done by hand"}' >/dev/null
await "lost +$second"
after=$(pgrep -fc '^sleep 4242' || true)

# Drain: what runs is finished, what waits is left.
third=$(add_task 'Slow but steady' 70)
await "in_progress +$third"
fourth=$(add_task 'Left for another' 10)
pane send-keys -t worker C-c
await 'draining'
await 'Ended: 1 delivered, 0 given back, 0 failed, 1 lost'
type_in "owp worker status"
await 'reputation'

screen | sed -e "s,$work,~,g" -e "s,$url,http://127.0.0.1:8787,g" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
echo
echo "-- helpers of the long task before its lease was lost: $before, after: $after"
for task in "$first" "$second" "$third" "$fourth"; do
  curl -fsS "$url/v1/tasks/$task" -H "X-Admin-Token: $OWP_ADMIN_TOKEN" | jq -r '"-- \(.task_id)  \(.status)  \(.title)  \(.pr_url // "")"'
done
