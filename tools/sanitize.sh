#!/bin/sh
# Builds a copy of the tree with sanitizers and runs the core tests in it.
# Use: tools/sanitize.sh address|thread [MODULE...] (with modules only these run, and no tests).
#
# address: AddressSanitizer and UndefinedBehaviorSanitizer; the table modules of tests/erl, all in one VM with one and
# then with two schedulers, and the tests of damage, of the face and of memory.
# thread: ThreadSanitizer; the table modules with two schedulers, and the test of the face. Python itself is not
# instrumented: tools/tsan.supp names what of it is passed over.
#
# Fails on any report, on a crash, if a module is killed by its timeout, and if a test fails. PYTHON names the interpreter
# (with Cython and pytest), ENIGMA_SAN_TREE the copy, ENIGMA_SAN_NOBUILD=1 runs what is there, ENIGMA_SAN_TESTS other
# tests, ENIGMA_SAN_TIMEOUT the seconds for one VM, ENIGMA_SAN_MODULE_TIMEOUT the milliseconds for one module.
set -eu
kind=${1:?address or thread}
shift
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
limit=${ENIGMA_SAN_TIMEOUT:-1800}
# what a single module may take; sanitizers cost a factor of three and more
module_limit=${ENIGMA_SAN_MODULE_TIMEOUT:-180000}
case $kind in
address)
    name=asan
    sanitize=address,undefined
    schedulers='1 2'
    tests='tests/test_damage.py tests/test_api.py tests/test_memory.py'
    runtime="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    ;;
thread)
    name=tsan
    sanitize=thread
    schedulers=2
    tests=tests/test_api.py
    runtime=$(gcc -print-file-name=libtsan.so)
    ;;
*)
    echo "sanitize.sh: address or thread, not $kind" >&2
    exit 2
    ;;
esac
tree=${ENIGMA_SAN_TREE:-$root/build/$name}

if [ -z "${ENIGMA_SAN_NOBUILD:-}" ]; then
    mkdir -p "$tree"
    cd "$root"
    find setup.py pyproject.toml enigma include tools tests examples -type f \
        ! -name '*.so' ! -name '*.pyc' ! -name 'zz_*' ! -path 'enigma/*.c' -print0 |
        xargs -0 cp -pu --parents -t "$tree"
    cd "$tree"
    ENIGMA_SANITIZE=$sanitize "$python" setup.py -q build_ext --inplace -j2 >build.log 2>&1 ||
        { tail -40 build.log; exit 1; }
fi

cd "$tree"
mkdir -p beams
# Modules that need a VM of their own (halt, options) are no part of this.
only=$*
[ $# -gt 0 ] || set -- $(cd tests/erl && grep -L '^%% run:' *.erl | sed 's/\.erl$//' | grep -v '^driver$\|^damage$')
for module in driver "$@"; do
    [ "beams/$module.beam" -nt "tests/erl/$module.erl" ] || echo "tests/erl/$module.erl"
done | xargs -r erlc -o beams >/dev/null

rm -f report.*
# Python frees nothing at exit: leaks are the business of tests/test_memory.py. libstdc++ must be there before
# the runtime looks for __cxa_throw.
preload="$runtime $(gcc -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0:log_path=$tree/report.asan:handle_segv=1:allocator_may_return_null=1:detect_stack_use_after_return=0:malloc_context_size=12:quarantine_size_mb=64
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$tree/report.ubsan
export TSAN_OPTIONS=log_path=$tree/report.tsan:suppressions=$root/tools/tsan.supp:history_size=4:second_deadlock_stack=1:exitcode=0:report_signal_unsafe=0
export PYTHONMALLOC=malloc

bad=0
table() { # table SCHEDULERS MODULE...
    count=$1
    shift
    status=0
    LD_PRELOAD=$preload timeout -s KILL "$limit" "$python" -m enigma erl +S "$count" -noshell -pa beams \
        -run driver main "$module_limit" "$@" >"run$count.log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        echo "$name: the VM ended with status $status"
        grep -a '^@@@' "run$count.log" | tail -1
        bad=1
    fi
    if grep -a '^@@@ end [a-z0-9_]* timeout ' "run$count.log"; then bad=1; fi
    if ! grep -aq '^@@@ all done' "run$count.log"; then
        echo "$name: not all modules ran (see $tree/run$count.log)"
        bad=1
    fi
}

for number in $schedulers; do table "$number" "$@"; done
if [ -z "$only" ]; then
    # shellcheck disable=SC2086
    LD_PRELOAD=$preload ENIGMA_TEST_SLOWNESS=5 timeout -s KILL "$limit" "$python" -m pytest -q -p no:cacheprovider \
        ${ENIGMA_SAN_TESTS:-$tests} >tests.log 2>&1 </dev/null || { bad=1; tail -40 tests.log; }
    tail -1 tests.log
fi
for report in report.*; do
    [ -s "$report" ] || continue
    bad=1
    echo "$name: $tree/$report"
    grep -a 'ERROR: \|runtime error: \|^SUMMARY: ' "$report" | sort | uniq -c | sort -rn | head -40
done
[ "$bad" -eq 0 ] && echo "$name: $# modules and the tests, no report"
exit "$bad"
