#!/usr/bin/env bash
# Installs PostgreSQL and Redis from Debian for the cluster, if they are missing.
set -euo pipefail

if compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null && command -v redis-server >/dev/null
then
    exit 0
fi
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    echo "The cluster needs the Debian packages postgresql and redis-server." >&2
    exit 1
fi
echo "Installing PostgreSQL and Redis …"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The packages would otherwise make a database and start both as services of the system.
mkdir -p /etc/postgresql-common
grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
    echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf
if ! { apt-get update && apt-get install -y --no-install-recommends postgresql redis-server; } \
    >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    exit 1
fi
