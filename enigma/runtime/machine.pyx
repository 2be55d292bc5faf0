"""A VM from its making to its end: rooms, preloaded modules, first processes, scheduler threads.

Order of making: code tables and BIF exports, process room, I/O, tables, then the preloaded modules, then
the first process (erl_init:start/2) and the system processes, then the threads. Ending is the reverse:
`stopping` is set, the threads leave their loops, and each room frees what it owns.
"""
import importlib
import os
import pkgutil
import threading

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from enigma.term.am cimport *
from enigma.term.atom cimport atom_put, atom_set_limit
from enigma.term.bits cimport binary_from_bytes
from enigma.term.boxed cimport Heap, cons, heap_alloc
from enigma.term.core cimport Term, en_load32_acq, en_store32_rel
from enigma.term.pack cimport *
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take
from enigma.code.module cimport *
from enigma.code.loader cimport code_finish, code_prepare
from enigma.process.process cimport *
from enigma.process.lifecycle cimport *
from enigma.process.scheduler cimport *
from enigma.emulator.dispatch cimport dispatch_run
from enigma.bif.shared cimport persistent_free

import enigma.bif

SYSTEM_PROCESSES = (
    ("erts_code_purger", PRIO_HIGH),
    ("erts_literal_area_collector", PRIO_HIGH),
    ("erts_dirty_process_signal_handler", PRIO_NORMAL),
    ("erts_dirty_process_signal_handler", PRIO_HIGH),
    ("erts_dirty_process_signal_handler", PRIO_MAX),
)


class BootError(RuntimeError):
    """The VM could not start; the message says what was missing or damaged."""


def load_bifs() -> None:
    """Imports every module of enigma.bif: each registers its BIFs."""
    for found in pkgutil.iter_modules(enigma.bif.__path__):
        importlib.import_module("enigma.bif." + found.name)


cdef Term atom(str name):
    cdef bytes text = name.encode("utf-8")
    return atom_put(<const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))


cdef class Machine:
    """One VM. `otp` is an OTPRoot, `settings` the Settings of the emulator flags."""

    def __cinit__(self, otp, settings):
        self.vm = NULL
        self.host = NULL
        self.threads = []
        self.started = False
        self.closed = False
        self.otp = otp
        self.settings = settings

    def __init__(self, otp, settings):
        load_bifs()
        self.vm = <VM*>calloc(1, sizeof(VM))
        if self.vm == NULL:
            raise MemoryError
        self.vm.run = dispatch_run
        self.vm.default_min_heap = settings.min_heap
        self.vm.default_fullsweep = settings.fullsweep_after
        self.vm.default_max_heap = settings.max_heap
        self.vm.schedulers_online = settings.schedulers_online or settings.schedulers
        atom_set_limit(settings.atom_limit)
        self.vm.code = code_tables_new(self.vm)
        if self.vm.code == NULL or not vm_process_room_init(self.vm, settings.schedulers, settings.process_limit):
            raise MemoryError
        bif_install(self.vm.code)
        rooms_init(self)
        self.host = process_new_host(self.vm)
        for path in self.otp.preloaded:
            self.preload(path)

    def __dealloc__(self):
        if self.vm != NULL and not self.closed and not self.started:
            self.free_rooms()

    cdef preload(self, path):
        """Loads one preloaded module from its file."""
        cdef bytes data = path.read_bytes()
        cdef char error[256]
        cdef Term reason = 0
        cdef ModuleInstance* instance
        error[0] = 0
        instance = code_prepare(self.vm.code, atom(path.stem), <const uint8_t*>PyBytes_AS_STRING(data),
                                PyBytes_GET_SIZE(data), &reason, error, sizeof(error))
        if instance == NULL:
            raise BootError(f"{path}: {(<bytes>error).decode('utf-8', 'replace') or 'cannot be loaded'}")
        code_finish(self.vm.code, &instance, 1)
        code_mark_preloaded(instance.module)

    def boot(self, arguments):
        """Starts erl_init with these words for init, the system processes and the schedulers."""
        cdef FragmentHeap fh
        cdef Term list_ = nil()
        cdef Term* cell
        cdef Heap* h = &fh.heap
        cdef bytes text
        cdef SpawnOptions options
        cdef Fragment* chain
        cdef Term pid
        if self.started or self.closed:
            raise BootError("this VM has been started already")
        fragment_heap_init(&fh)
        for word_ in reversed(list(arguments)):
            text = os.fsencode(word_)
            cell = heap_alloc(h, 2)
            list_ = cons(cell, binary_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)),
                         list_)
        list_ = cons(heap_alloc(h, 2), list_, nil())
        list_ = cons(heap_alloc(h, 2), atom(self.settings.boot_module), list_)
        spawn_options_init(self.vm, &options)
        options.process_flags |= PF_SYSTEM_PROCESS
        pid = process_spawn(self.vm, NULL, atom("erl_init"), AM_start, list_, &options)
        chain = fragment_heap_take(&fh)
        if chain != NULL:
            fragment_free(chain, True)
        if pid == 0:
            raise BootError("the first process could not be started")
        for name, priority in SYSTEM_PROCESSES:
            if not any(p.stem == name for p in self.otp.preloaded):
                continue
            spawn_options_init(self.vm, &options)
            options.process_flags |= PF_SYSTEM_PROCESS | PF_OFF_HEAP_MESSAGES
            options.priority = priority
            process_spawn(self.vm, NULL, atom(name), AM_start, nil(), &options)
        self.start_threads()

    cdef start_threads(self):
        cdef int i
        self.started = True
        for i in range(self.vm.scheduler_count):
            thread = threading.Thread(target=self.run_scheduler, args=(i,), name=f"enigma-scheduler-{i + 1}",
                                      daemon=True)
            self.threads.append(thread)
            thread.start()

    def run_scheduler(self, int index):
        """The body of a scheduler thread: returns when the VM stops."""
        cdef Scheduler* s = self.vm.schedulers[index]
        with nogil:
            scheduler_run(s)

    def wait(self, timeout=None):
        """Waits until the VM has halted; its exit code, or None after `timeout` seconds."""
        for thread in self.threads:
            thread.join(timeout)
            if thread.is_alive():
                return None
        return self.vm.halt_code

    @property
    def halted(self):
        """True once erlang:halt was called or the VM was stopped."""
        return en_load32_acq(&self.vm.halted) != 0 or en_load32_acq(&self.vm.stopping) != 0

    def stop(self):
        """Ends all schedulers; what runs in Erlang is cut off."""
        if self.vm == NULL or self.closed:
            return
        en_store32_rel(&self.vm.stopping, 1)
        schedulers_wake_all(self.vm)
        if self.vm.wake_io != NULL:
            self.vm.wake_io(self.vm)

    def close(self):
        """Stops the VM and frees all that belongs to it."""
        if self.closed:
            return
        self.stop()
        for thread in self.threads:
            thread.join()
        self.closed = True
        self.free_rooms()

    cdef free_rooms(self):
        if self.vm == NULL:
            return
        rooms_free(self)
        vm_process_room_free(self.vm)
        persistent_free(self.vm)
        code_tables_free(self.vm.code)
        free(self.vm)
        self.vm = NULL


cdef rooms_init(Machine m):
    """Starts the higher rooms that keep state in the VM."""


cdef rooms_free(Machine m):
    """Ends them, in reverse order."""
