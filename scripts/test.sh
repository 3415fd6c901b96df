#!/usr/bin/env bash
# The whole suite. A part that fails does not keep the others from running: one run shows all that is wrong.
set -uo pipefail
cd "$(dirname "$0")/.."
# Hundreds of processes are started here: each would compile our modules anew.
unset PYTHONDONTWRITEBYTECODE
export PYTHONUNBUFFERED=1 MARROW_CACHE_DIR="${MARROW_CACHE_DIR:-.cache}"
environment="$(.venv/bin/python -m scripts.environment)" || exit
eval "$environment"

wrong=()
part() {  # part NAME COMMAND...
    echo "== $1"
    "${@:2}" || wrong+=("$1")
}

part "Widget" bash scripts/test_widget.sh

# Two at once: each half of these keeps one processor busy, and nothing in one of them needs the other. Playwright's event
# loop allows no other in its process: both folders with browsers run alone, in a process each.
mkdir -p reports
beside_log=reports/browser.txt
echo "== Patients and staff in a browser (beside the rest; shown when that has ended)"
.venv/bin/python -m pytest tests/browser > "$beside_log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true' EXIT
part "Widget in a browser" .venv/bin/python -m pytest tests/widget
part "Rasa: data validation" .venv-bot/bin/python -m bot data validate --fail-on-warnings
part "Rasa: test stories" .venv-bot/bin/python -m bot test core --model models/marrow.tar.gz --stories tests/stories \
    --fail-on-prediction-errors --out reports/core --no-plot
part "Patients and staff in a browser" wait "$beside"
trap - EXIT
cat "$beside_log"

# Whole files to each worker: what a file shares (models, servers) is made once. Four workers at most: each may hold a model.
part "Bot runtime" .venv-bot/bin/python -m pytest -c tests/bot/pytest.ini tests/bot \
    -n auto --maxprocesses 4 --dist loadfile
# One worker more than processors: these tests wait for servers, databases and time-outs half of their time. In this order,
# so that the long files come first, and the short ones fill the end on all workers.
part "End to end, contents, conversations, actions, desk, clinic runtime" .venv/bin/python -m pytest \
    -n $(($(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
    tests/e2e tests/content tests/conversations tests/actions tests/desk tests/clinic

if [ ${#wrong[@]} -gt 0 ]; then
    printf 'Failed: %s\n' "${wrong[@]}" >&2
    exit 1
fi
