#!/bin/sh
# deploy/release.sh TAG: puts a version into service without losing a request; an earlier tag goes back to it.
# As root, from /srv/portal/repository (a clone). Each version lies in a folder of its own with a virtual environment of its
# own, so that what runs never changes under it; `current` names the one that runs. A version that does not pass its checks is
# not started, and one that does not get ready gives its place back to the version before.
set -eu
umask 022
tag=${1:?"Which version? $0 TAG; the tags: git -C /srv/portal/repository tag"}
cd /srv/portal
release=/srv/portal/releases/$tag
say() { printf '%s\n' "$*"; }

if [ ! -d "$release" ]; then
    say "Unpacking $tag"
    rm -rf "$release.new"
    mkdir -p "$release.new"
    git -C repository archive "$tag^{commit}" > "$release.new/archive.tar"
    tar -x -C "$release.new" -f "$release.new/archive.tar"
    rm "$release.new/archive.tar"
    mv "$release.new" "$release"
fi

# Versions with the same packages share one environment.
packages=/srv/portal/packages/$(sha256sum "$release/requirements.lock" | cut -c1-16)
if [ ! -e "$packages/complete" ]; then
    say "Installing requirements.lock"
    rm -rf "$packages"
    python3 -m venv "$packages"
    "$packages/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$release/requirements.lock"
    touch "$packages/complete"
fi
ln -sfn "$packages" "$release/.venv"
"$release/.venv/bin/python" "$release/tools/prepare.py" messages
"$release/.venv/bin/python" -m compileall -q "$release/agenda" "$release/logistics" "$release/rcm_portal" "$release/registration"

manage() { PORTAL_RELEASE=$release "$release/deploy/manage" "$@"; }
say "Checking $tag"
manage check --deploy --fail-level ERROR
manage collectstatic --noinput --verbosity 0
say "Migrating"
manage migrate --verbosity 1

# Only now does anything that runs change. While the web process restarts, requests wait in portal-web.socket.
switch_to() {
    ln -sfn "$1" /srv/portal/current.new
    mv -T /srv/portal/current.new /srv/portal/current
    systemctl restart portal-worker portal-beat portal-web
}
is_ready() {
    tries=0
    until curl --silent --fail --output /dev/null --max-time 5 --unix-socket /run/portal/web.sock http://localhost/readyz; do
        tries=$((tries + 1))
        [ "$tries" -lt 30 ] || return 1
        sleep 1
    done
}
before=$(readlink /srv/portal/current || true)
say "Starting $tag"
if switch_to "$release" && is_ready; then
    say "$tag runs."
    exit 0
fi
if [ -n "$before" ] && [ "$before" != "$release" ]; then
    say "$tag did not get ready: back to $(basename "$before"). Its log: journalctl -u portal-web"
    switch_to "$before"
fi
exit 1
