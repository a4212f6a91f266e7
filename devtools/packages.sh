#!/usr/bin/env bash
# Installs what some tests need from Debian, if it is missing and that can be done here: Chromium,
# and docker-compose. Never fails: those tests are skipped and say why.
set -uo pipefail

missing=()
command -v chromium chromium-browser google-chrome >/dev/null || missing+=(chromium fonts-dejavu-core)
command -v docker-compose >/dev/null || missing+=(docker-compose)
[[ ${#missing[@]} == 0 ]] && exit 0
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    echo "Some tests will be skipped. Install the packages ${missing[*]} to run them."
    exit 0
fi
echo "Installing ${missing[*]} for the tests …"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1
then
    tail -n 5 "$log"
    echo "${missing[*]} could not be installed; some tests will be skipped."
fi
rm -f "$log"
