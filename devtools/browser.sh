#!/usr/bin/env bash
# Installs Chromium from Debian for the browser tests, if it is missing and that can be done here.
# Never fails: without a browser those tests are skipped and say why.
set -uo pipefail

for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    echo "No Chromium here; the browser tests will be skipped. Install the package chromium to run them."
    exit 0
fi
echo "Installing Chromium for the browser tests …"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } \
    >"$log" 2>&1; then
    tail -n 5 "$log"
    echo "Chromium could not be installed; the browser tests will be skipped."
fi
rm -f "$log"
