#!/bin/sh
# Builds a copy of the tree with AddressSanitizer and UndefinedBehaviorSanitizer and runs the core tests in it: the
# table modules of tests/erl, all in one VM with one and then with two schedulers, and the tests of damage, of the face
# and of memory. Fails on any report, on a crash, if a module is killed by its timeout, and if a test fails.
# Use: tools/asan.sh [MODULE...] (with modules only these run, and no tests). PYTHON names the interpreter (with Cython
# and pytest), ENIGMA_ASAN_TREE the copy, ENIGMA_ASAN_NOBUILD=1 runs what is there, ENIGMA_ASAN_TESTS other tests.
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
    find setup.py pyproject.toml enigma include tools tests examples -type f \
        ! -name '*.so' ! -name '*.pyc' ! -name 'zz_*' ! -path 'enigma/*.c' -print0 |
        xargs -0 cp -pu --parents -t "$tree"
    cd "$tree"
    ENIGMA_SANITIZE=address,undefined "$python" setup.py -q build_ext --inplace -j2 >build.log 2>&1 ||
        { tail -40 build.log; exit 1; }
fi

cd "$tree"
mkdir -p beams
# Modules that need a VM of their own (halt, options) are no part of this.
only=$*
[ $# -gt 0 ] || set -- $(cd tests/erl && grep -L '^%% run:' *.erl | sed 's/\.erl$//' | grep -v '^driver$\|^damage$')
for name in driver "$@"; do
    [ "beams/$name.beam" -nt "tests/erl/$name.erl" ] || echo "tests/erl/$name.erl"
done | xargs -r erlc -o beams >/dev/null

rm -f report.*
# Python frees nothing at exit: leaks are the business of tests/test_memory.py. libstdc++ must be there before
# the runtime looks for __cxa_throw.
preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $(gcc -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0:log_path=$tree/report.asan:handle_segv=1:allocator_may_return_null=1:detect_stack_use_after_return=0:malloc_context_size=12:quarantine_size_mb=64
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$tree/report.ubsan
export PYTHONMALLOC=malloc

bad=0
table() { # table SCHEDULERS MODULE...
    schedulers=$1
    shift
    status=0
    LD_PRELOAD=$preload timeout -s KILL "$limit" "$python" -m enigma erl +S "$schedulers" -noshell -pa beams \
        -run driver main "$module_limit" "$@" >"run$schedulers.log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        echo "asan: the VM ended with status $status"
        grep -a '^@@@' "run$schedulers.log" | tail -1
        bad=1
    fi
    if grep -a '^@@@ end [a-z0-9_]* timeout ' "run$schedulers.log"; then bad=1; fi
    if ! grep -aq '^@@@ all done' "run$schedulers.log"; then
        echo "asan: not all modules ran (see $tree/run$schedulers.log)"
        bad=1
    fi
}

table 1 "$@"
table 2 "$@"
if [ -z "$only" ]; then
    LD_PRELOAD=$preload ENIGMA_TEST_SLOWNESS=5 timeout -s KILL "$limit" "$python" -m pytest -q -p no:cacheprovider \
        ${ENIGMA_ASAN_TESTS:-tests/test_damage.py tests/test_api.py tests/test_memory.py} >tests.log 2>&1 </dev/null ||
        { bad=1; tail -40 tests.log; }
    tail -1 tests.log
fi
for report in report.*; do
    [ -s "$report" ] || continue
    bad=1
    echo "asan: $tree/$report"
    grep -a 'ERROR: \|runtime error: ' "$report" | sort | uniq -c | sort -rn | head -40
done
[ "$bad" -eq 0 ] && echo "asan: $# modules and the tests, no report"
exit "$bad"
