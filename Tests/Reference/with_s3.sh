#!/usr/bin/env bash
# Runs a script of the shell's beside an object storage of this machine, of which rclone knows as `s3:` and which forgets all at
# the end: with_s3.sh PYTHON SCRIPT. Needs moto in that Python, and rclone.
set -euo pipefail
port=$("$1" -c 'import socket
with socket.socket() as own:
    own.bind(("127.0.0.1", 0))
    print(own.getsockname()[1])')
# It ends with us, however we end.
setpriv --pdeathsig KILL "$(dirname "$1")/moto_server" --host 127.0.0.1 --port "$port" >/dev/null 2>&1 &
server=$!
trap 'kill "$server"' EXIT
# Nor of anybody's real storage.
for name in "${!AWS_@}"; do unset "$name"; done
export RCLONE_CONFIG=/dev/null RCLONE_CONFIG_S3_TYPE=s3 RCLONE_CONFIG_S3_PROVIDER=Other RCLONE_CONFIG_S3_ACCESS_KEY_ID=any \
  RCLONE_CONFIG_S3_SECRET_ACCESS_KEY=any RCLONE_CONFIG_S3_ENDPOINT="http://127.0.0.1:$port"
until rclone mkdir s3:bucket --retries 1 --low-level-retries 1 2>/dev/null; do
  kill -0 "$server"
  sleep 0.2
done
bash -euo pipefail -c "$2"
