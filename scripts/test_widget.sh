#!/usr/bin/env bash
# The widget's own checks: types, unit tests, size, and that the committed bundle is what the sources build.
set -euo pipefail
cd "$(dirname "$0")/../widget"

if ! command -v npm >/dev/null 2>&1; then
    if [ -n "${CI:-}" ]; then
        echo "Node.js is missing, and in CI the widget must be checked." >&2
        exit 1
    fi
    echo "Node.js is not installed: the widget's own checks are left out (its browser tests still run)."
    exit 0
fi

committed="$(mktemp)"
trap 'rm -f "$committed"' EXIT
cp dist/marrow-widget.js "$committed"
[ -f node_modules/.package-lock.json ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent
npm run --silent lint
npm test --silent
npm run --silent build
if ! cmp -s "$committed" dist/marrow-widget.js; then
    echo "widget/dist/marrow-widget.js is not what widget/src builds: run 'make widget' and commit it." >&2
    exit 1
fi
