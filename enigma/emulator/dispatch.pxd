"""The dispatch loop: runs a process until it waits, ends, or its turn is over. Hook VM.run.

Read next: instructions/core.tab, then dispatch.pyx.in.
"""
from enigma.process.process cimport Process, Scheduler

# Runs p on s; returns a RUN_ code. The caller owns p and has set p.reductions_left.
cdef int dispatch_run(Scheduler* s, Process* p) noexcept nogil
