#!/usr/bin/env bash
# Packs the project, installs it in an empty folder beside node@24, and uses it there: serve, a command beside it, its end.
# usage: test/packed.sh FOLDER
set -euo pipefail
folder=$1
mkdir -p "$folder"
version=$(node -p "require('./package.json').devDependencies.node")
npm pack --silent --pack-destination "$folder" >/dev/null
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ./orgonaut-*.tgz "node@$version"

PORT=0 npx --no orgonaut serve --json >ready.json &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 600); do
  [ -s ready.json ] && break
  kill -0 "$server" 2>/dev/null || { echo 'serve ended before it was ready'; exit 1; }
  sleep 0.1
done
cat ready.json
grep -q '"ready":true' ready.json
npx --no orgonaut replay --tenant demo --verify --json | grep '"equal":true'
# npx is asked to end, and the service behind it has to follow.
kill "$server"
wait "$server" || true
for _ in $(seq 200); do
  [ -e data/service.json ] || break
  sleep 0.1
done
[ ! -e data/service.json ] || { echo 'serve outlived npx'; exit 1; }
npx --no orgonaut tenant list --json | grep '"slug":"demo"'
echo 'The packed package works in an empty folder.'
