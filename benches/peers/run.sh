#!/bin/sh
# Albumen beside onnxruntime, OpenVINO and facenet-pytorch on this machine; prints tables of ratios (about 10 minutes).
#
#   benches/peers/run.sh [--detect DIR]… [--job DIR]… [--rounds N] …     (peers.py --help)
#
# Needs Rust, Python 3.10 or 3.11 and, the first time, the network: pinned packages go into a virtual environment of
# 6 GB under ~/.cache/albumen-peers, or where ALBUMEN_PEERS says.
set -eu
cd "$(dirname "$0")/../.."
place=${ALBUMEN_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/albumen-peers}
if ! cmp -s benches/peers/requirements.txt "$place/installed.txt"; then
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --requirement benches/peers/requirements.txt
    # Its own limits (pillow, torch) are older than these versions, with which it works.
    "$place/bin/pip" install --quiet --no-deps facenet-pytorch==2.6.0
    # No wheels for every machine; the table goes without it.
    "$place/bin/pip" install --quiet openvino==2026.4.1 || echo "OpenVINO cannot be installed here; left out" >&2
    cp benches/peers/requirements.txt "$place/installed.txt"
fi
cargo build --locked --profile bench --bench networks
networks=$(cargo build --locked --quiet --profile bench --bench networks --message-format json |
    "$place/bin/python" -c '
import json, sys
lines = (json.loads(line) for line in sys.stdin)
made = [line["executable"] for line in lines if line.get("executable") and line["target"]["name"] == "networks"]
print(made[-1])')
# Threads are given to each program by name; nothing may add its own.
export OMP_NUM_THREADS="$(nproc)"
exec "$place/bin/python" benches/peers/peers.py --networks "$networks" "$@"
