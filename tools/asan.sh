#!/bin/sh
# Builds a copy of the tree with AddressSanitizer and UndefinedBehaviorSanitizer and runs the table modules of
# tests/erl in it, all in one VM. Fails on any report, on a crash, and if a module is killed by its timeout.
# Use: tools/asan.sh [MODULE...]. PYTHON names the interpreter (with Cython), ENIGMA_ASAN_TREE the copy,
# ENIGMA_ASAN_NOBUILD=1 runs what is there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
tree=${ENIGMA_ASAN_TREE:-$root/build/asan}
limit=${ENIGMA_ASAN_TIMEOUT:-1800}
# what a single module may take, in milliseconds; sanitizers cost a factor of three and more
module_limit=${ENIGMA_ASAN_MODULE_TIMEOUT:-180000}

if [ -z "${ENIGMA_ASAN_NOBUILD:-}" ]; then
    mkdir -p "$tree"
    cd "$root"
    find setup.py pyproject.toml enigma include tools tests/erl -type f \
        ! -name '*.so' ! -name '*.pyc' ! -name 'zz_*' ! -path 'enigma/*.c' -print0 |
        xargs -0 cp -pu --parents -t "$tree"
    cd "$tree"
    ENIGMA_SANITIZE=address,undefined "$python" setup.py -q build_ext --inplace -j2 >build.log 2>&1 ||
        { tail -40 build.log; exit 1; }
fi

cd "$tree"
mkdir -p beams
# Modules that need a VM of their own (halt, options) are no part of this.
[ $# -gt 0 ] || set -- $(cd tests/erl && grep -L '^%% run:' *.erl | sed 's/\.erl$//' | grep -v '^driver$')
for name in driver "$@"; do
    [ "beams/$name.beam" -nt "tests/erl/$name.erl" ] || echo "tests/erl/$name.erl"
done | xargs -r erlc -o beams >/dev/null

rm -f report.*
# Python frees nothing at exit: leaks are the business of tests/test_memory.py. libstdc++ must be there before
# the runtime looks for __cxa_throw.
status=0
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $(gcc -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0:log_path=$tree/report.asan:handle_segv=1:allocator_may_return_null=1:detect_stack_use_after_return=0:malloc_context_size=12 \
    UBSAN_OPTIONS=print_stacktrace=1:log_path=$tree/report.ubsan \
    PYTHONMALLOC=malloc \
    timeout -s KILL "$limit" "$python" -m enigma erl -noshell -pa beams -run driver main "$module_limit" "$@" \
    >run.log 2>&1 </dev/null || status=$?

bad=0
if [ "$status" -ne 0 ]; then
    echo "asan: the VM ended with status $status"
    grep -a '^@@@' run.log | tail -1
    bad=1
fi
if grep -a '^@@@ end [a-z0-9_]* timeout ' run.log; then bad=1; fi
if ! grep -aq '^@@@ all done' run.log; then echo "asan: not all modules ran (see $tree/run.log)"; bad=1; fi
for report in report.*; do
    [ -s "$report" ] || continue
    bad=1
    echo "asan: $tree/$report"
    grep -a 'ERROR: \|runtime error: ' "$report" | sort | uniq -c | sort -rn | head -40
done
[ "$bad" -eq 0 ] && echo "asan: $# modules, no report"
exit "$bad"
