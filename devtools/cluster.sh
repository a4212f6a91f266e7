#!/usr/bin/env bash
# Installs PostgreSQL and Redis from Debian for the cluster, if they are missing; iproute2, without
# which workers share the loopback network; and libfaketime for its tests, which skip one without it.
set -euo pipefail

required=()
compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || required+=(postgresql)
command -v redis-server >/dev/null || required+=(redis-server)
packages=("${required[@]}")
command -v ip >/dev/null || [[ -x /usr/sbin/ip ]] || packages+=(iproute2)
compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || packages+=(faketime)
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    [[ ${#required[@]} == 0 ]] && exit 0
    echo "The cluster needs the Debian packages ${required[*]}." >&2
    exit 1
fi
[[ ${#packages[@]} == 0 ]] && exit 0
echo "Installing ${packages[*]} …"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The packages would otherwise make a database and start both as services of the system.
mkdir -p /etc/postgresql-common
grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
    echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf
if ! { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; } \
    >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    [[ ${#required[@]} == 0 ]]
fi
