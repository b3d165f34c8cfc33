#!/bin/sh
# Starts nginx on the given port, in a folder of its own that is removed when nginx has ended.
set -eu
folder=$(mktemp -d)
# The worker is another user.
chmod 755 "$folder"
sed "s/PORT/$1/" "$(dirname "$0")/nginx.conf" > "$folder/nginx.conf"
nginx -e stderr -p "$folder" -c nginx.conf &
nginx=$!
trap 'kill "$nginx"' TERM INT
# The first wait ends with the signal, the second with nginx.
wait "$nginx" || true
wait "$nginx" || true
rm -rf "$folder"
