#!/bin/sh
# Runs the server in the foreground for a load generator. usage: start.sh DATADIR
# A certificate in DATADIR (bench.crt, bench.key) is used when it is there.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
data=${1:?data directory}
mkdir -p "$data"
cp "$here/waxwing.toml" "$data/waxwing.toml"
if [ -e "$data/bench.crt" ]; then
  printf '\n[tls]\nrequired = false\ncertificate = "%s/bench.crt"\nkey = "%s/bench.key"\n' "$data" "$data" > "$data/tls.toml"
  sed '/^\[tls\]$/,/^$/d' "$here/waxwing.toml" | cat - "$data/tls.toml" > "$data/waxwing.toml"
fi
ulimit -n 100000 2>/dev/null || ulimit -n "$(ulimit -H -n)"
exec "$here/../../waxwing" start --config "$data/waxwing.toml" --data "$data"
