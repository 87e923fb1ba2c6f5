#!/usr/bin/env bash
# make docker-test: builds the images, brings everything up with secrets made for this run, fills in the demo, walks the
# main job over HTTP, and takes it all down again. Needs Docker with Compose 2.24 or later, openssl and awk. What it makes
# carries a project name of its own; nothing else is touched.
#
# DOCKER_COMPOSE_OVERRIDE  one more compose file, for what building needs on this machine (a proxy, a package index)
set -euo pipefail
from=$PWD
cd "$(dirname "$0")"

project=ls-expert-test-$$
work=$(mktemp -d)
files=(-f compose.yaml)
case ${DOCKER_COMPOSE_OVERRIDE:-} in
    "") ;;
    /*) files+=(-f "$DOCKER_COMPOSE_OVERRIDE") ;;
    *) files+=(-f "$from/$DOCKER_COMPOSE_OVERRIDE") ;;
esac
compose() { docker compose -p "$project" --env-file "$work/env" "${files[@]}" "$@"; }
say() { printf '%s\n' "$*"; }

clean_up() {
    status=$?
    trap - EXIT
    if [[ $status != 0 && -e $work/up ]]; then
        compose --profile demo ps --all || true
        compose --profile demo logs --no-color --tail 40 || true
    fi
    compose --profile demo down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
    docker image rm "$project-service" "$project-label-studio" >/dev/null 2>&1 || true
    rm -rf "$work"
    [[ $status == 0 ]] || say "docker-test FAILED."
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Settings of this machine would win over the file.
for name in $(sed -nE 's/^#?([A-Z_]+)=.*/\1/p' .env.example); do unset "$name"; done

umask 077
# The command of README.md, then what differs here. Ports 0: any free ones. The walk reaches both sides inside the network, and looks at
# pre-labels, which a share of tasks, drawn with this run's secret, would not show.
awk '/^[A-Z_]+=$/ { make = "openssl rand -hex 32"; make | getline secret; close(make); $0 = $0 secret } 1' .env.example > "$work/env"
cat >> "$work/env" <<END
LS_PORT=0
EXPERT_PORT=0
LABEL_STUDIO_PUBLIC_URL=http://label-studio:8080
EXPERT_PUBLIC_URL=http://expert.internal:8090
EXPERT_NETWORK=10.213.$((RANDOM % 100 + 100))
LS_EXPERT_BLIND_PERCENT=0
END

for name in $(sed -nE 's/^([A-Z_]+)=$/\1/p' .env.example); do
    grep -v "^$name=" "$work/env" > "$work/env-without"
    if said=$(docker compose --env-file "$work/env-without" -f compose.yaml config 2>&1 >/dev/null) || [[ $said != *"$name"* ]]; then
        say "Without $name, compose does not stop and name it."
        exit 1
    fi
done
say "ok: compose stops without any one of the secrets, and names it"

touch "$work/up"
say "Building the two images …"
compose build --quiet
say "Starting (built after $SECONDS s) …"
compose up --detach --wait --wait-timeout 600 label-studio service worker ml-backend 2>"$work/said" || { cat "$work/said"; exit 1; }
say "ok: everything is healthy (after $SECONDS s)"

answers() {  # answers SERVICE PORT PATH: over the port published on this machine
    local address
    address=$(compose port "$1" "$2")
    [[ $address == 127.0.0.1:* ]] || { say "$1 is published on $address, not on 127.0.0.1 only."; exit 1; }
    exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$3" >&3
    head -n 1 <&3 | grep -q ' 200 ' || { say "$1 does not answer on $address."; exit 1; }
    exec 3<&-
}
answers label-studio 8080 /health/
answers service 8090 /health
say "ok: Label Studio and the portal answer on this machine's own address only"

for service in label-studio service worker ml-backend; do
    [[ $(compose exec -T "$service" id -u) != 0 ]] || { say "$service runs as root."; exit 1; }
done
say "ok: none of our processes runs as root"

compose run --rm -T demo 2>"$work/said" || { cat "$work/said"; exit 1; }
# shellcheck disable=SC2016
compose run --rm -T --no-deps demo 'LS_EXPERT_LABEL_STUDIO_TOKEN=$(cat secrets/label_studio_token) ls-expert doctor' 2>"$work/said" ||
    { cat "$work/said"; exit 1; }
compose run --rm -T --no-deps --entrypoint python demo - < walk.py
say "The main job works with PostgreSQL and Redis (${SECONDS} s)."
