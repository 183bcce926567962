#!/bin/sh
# Hands one mail that came back, on standard input, to the portal: for a mail server's pipe (docs/mail.md).
#
#   bounces.sh [FILE]     FILE holds the portal's settings, NAME=value a line, as systemd's EnvironmentFile; /etc/portal/env if none
#
# Ends with 75 (try later) when the mail could not be read now, whatever the cause, so that the mail server keeps it.
set -u
settings=${1:-/etc/portal/env}
portal=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 75
if ! [ -r "$settings" ]; then
  echo "bounces.sh: $settings cannot be read by $(id -un)" >&2
  exit 75
fi
# Not as shell code: a value may hold what a shell would run.
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    [A-Z]*=*) ;;
    *) continue ;;
  esac
  value=${line#*=}
  case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
  esac
  export "${line%%=*}=$value"
done <"$settings"
"$portal/.venv/bin/python" "$portal/manage.py" read_bounces || exit 75
