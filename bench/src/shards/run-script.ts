import type { ShardPlan } from './shard-plan.ts';

/** The shards of a plan as processes of one machine, by the same protocol: `run.sh`. */
export function runScript(plan: ShardPlan): string {
  const last = plan.shards.length - 1;
  return `#!/bin/sh
# Runs the ${plan.shards.length} shards of plan.json as processes of this machine. The coordinator prints the result;
# what each found stands beside this file.
# SSERT: how to run ssert (default: npx ssert). PORT: where the coordinator listens (default: 8790).
set -eu
cd "$(dirname "$0")"
port=\${PORT:-8790}
pids=
end() { [ -z "$pids" ] || kill $pids 2>/dev/null || true; }
trap end EXIT
trap 'exit 130' INT TERM
shard() {
  export JOB_COMPLETION_INDEX="$1"
  exec \${SSERT:-npx ssert} bench shard --plan plan.json --coordinator "127.0.0.1:$port" --listen "127.0.0.1:$port" --output .
}

# In the background as well: a shell that waits hears of signals, one that runs something does not.
shard 0 &
coordinator=$!
pids=$coordinator
others=
index=1
while [ "$index" -le ${last} ]; do
  shard "$index" >&2 &
  others="$others $!"
  pids="$coordinator $others"
  index=$((index + 1))
done
status=0
wait "$coordinator" || status=$?
pids=$others
# Without a coordinator the others would wait in vain.
[ "$status" = 0 ] || exit "$status"
for pid in $others; do wait "$pid" || status=$?; done
pids=
exit "$status"
`;
}
