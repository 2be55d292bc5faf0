"""A VM from its making to its end: rooms, preloaded modules, first processes, scheduler threads.

Order of making: code tables and BIF exports, process room, I/O, tables, then the preloaded modules, then
the first process (erl_init:start/2) and the system processes, then the threads. Ending is the reverse:
`stopping` is set, the threads leave their loops, and each room frees what it owns.
"""
import importlib
import os
import sys
import threading
import time
from importlib.machinery import EXTENSION_SUFFIXES

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset, strncpy
from enigma.term.am cimport *
from enigma.term.atom cimport atom_put
from enigma.term.bits cimport binary_from_bytes
from enigma.term.boxed cimport Heap, cons, heap_alloc
from enigma.term.compare cimport term_hooks
from enigma.term.core cimport Term, en_load32_acq, en_store32_rel
from enigma.term.external cimport external_set_context
from enigma.term.pack cimport *
from enigma.term.text cimport TextBuffer, text_free, text_init
from enigma.memory.heap cimport (MAX_HEAP_KILL, MAX_HEAP_LOG, Fragment, FragmentHeap, fragment_free, fragment_heap_init,
                                 fragment_heap_take, heap_next_size)
from enigma.code.module cimport *
from enigma.code.disassembly cimport instruction_text
from enigma.code.loader cimport code_discard, code_finish, code_prepare
from enigma.code.reader cimport *
from enigma.process.process cimport *
from enigma.process.atoms cimport vm_atoms_init
from enigma.process.figures cimport MAX_HEAP_COUNTS_BINARIES
from enigma.process.lifecycle cimport *
from enigma.process.scheduler cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.signal cimport *
from enigma.emulator.dispatch cimport dispatch_run
from enigma.ets.table cimport ets_free, ets_init, ets_process_gone
from enigma.io.port cimport ports_flush
from enigma.io.terminal cimport terminal_keep_interrupt
from enigma.io.room cimport io_process_gone, io_room_free, io_room_init, room_own_process
from enigma.trace.point cimport points_free
from enigma.trace.room cimport trace_room, trace_room_free
from enigma.bif.releases cimport bifs_of_release
from enigma.bif.shared cimport persistent_free

from enigma.runtime.breakmenu cimport BREAK_ABORT, BREAK_CONTINUE, BREAK_EXIT, break_menu
from enigma.runtime.convert cimport Identity, atom_term, from_python, term_text, to_python
from enigma.runtime.crashdump cimport crash_dump, crash_dump_stopped

import enigma.bif
from enigma.runtime.terms import ErlangError, shown

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
    # pkgutil.iter_modules would import half of what reads Python source.
    names = {entry.partition(".")[0] for path in enigma.bif.__path__ for entry in os.listdir(path)
             if entry.endswith(tuple(EXTENSION_SUFFIXES))}
    for name in sorted(names):
        importlib.import_module("enigma.bif." + name)


cdef Term atom(str name):
    cdef bytes text = name.encode("utf-8")
    return atom_put(<const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))



# What a process leaves behind on higher floors. With PF_LEAVING a slice at a time; done, the flag is cleared.
cdef void process_gone(VM* vm, Process* p) noexcept nogil:
    if ets_process_gone(vm, p):
        p.flags &= ~<uint32_t>PF_LEAVING
        io_process_gone(vm, p)


cdef void copy_text(char* to, size_t size, str text):
    cdef bytes data = text.encode("utf-8")
    strncpy(to, PyBytes_AS_STRING(data), size - 1)
    to[size - 1] = 0


cdef list generic_text(bytes data, function):
    """The generic operations of a .beam file, a line each."""
    cdef BeamFile f
    cdef GenericOp* op
    cdef Operand* o
    cdef uint32_t i
    memset(&f, 0, sizeof(f))
    if not beam_read(<const uint8_t*>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), &f):
        message = (<bytes>f.error).decode("utf-8", "replace")
        beam_free(&f)
        raise BootError(message)
    out = ["%% generic"]
    wanted = function is None
    op = f.ops
    while op != NULL:
        if op.opcode == 2:                       # func_info module function arity
            name = f"{term_text(op.operands[1].value)}/{op.operands[2].value}"
            wanted = function is None or function == name
            if wanted:
                out.append(f"\n{name}:")
        if wanted:
            words = []
            for i in range(op.operand_count):
                o = &op.operands[i]
                if o.kind == O_X:
                    words.append(f"x{o.value}")
                elif o.kind == O_Y:
                    words.append(f"y{o.value}")
                elif o.kind == O_LABEL:
                    words.append(f"f{o.value}")
                elif o.kind == O_FLOAT_REG:
                    words.append(f"fr{o.value}")
                elif o.kind == O_NIL:
                    words.append("[]")
                elif o.kind == O_INTEGER or o.kind == O_ATOM or o.kind == O_LITERAL:
                    words.append(term_text(o.value))
                elif o.kind == O_LIST:
                    words.append(f"list({o.count})")
                else:
                    words.append(str(o.value))
            out.append(f"  {(<bytes>opcode_name(op.opcode)).decode()} {', '.join(words)}".rstrip())
        op = op.next
    beam_free(&f)
    return out


def keep_interrupt_key():
    """+Bc: the terminal's interrupt key sends no signal any more, the guest reads it."""
    terminal_keep_interrupt()


cdef class Machine:
    """One VM. `otp` is an OTPRoot, `settings` the Settings of the emulator flags.

    owns_process: the command line's VM, whose directory, environment, signals and terminal are the process's.
    """

    EXIT = BREAK_EXIT            # what `interrupt` says
    ABORT = BREAK_ABORT

    def __cinit__(self, *args, **kwargs):
        self.vm = NULL
        self.host = NULL
        self.threads = []
        self.started = False
        self.closed = False

    def __init__(self, otp, settings, *, bint owns_process=False):
        cdef VMSettings* texts
        self.otp = otp
        self.settings = settings
        self.lock = threading.Lock()
        self.gate = threading.Condition()
        self.users = {}
        self.identity = Identity()
        self.process = os.getpid()
        load_bifs()
        self.vm = <VM*>calloc(1, sizeof(VM))
        texts = <VMSettings*>calloc(1, sizeof(VMSettings))
        if self.vm == NULL or texts == NULL:
            raise MemoryError
        self.vm.runtime = texts
        self.describe(texts, owns_process)
        self.vm.run = dispatch_run
        self.vm.backtrace_depth = -1
        texts.off_heap_messages = settings.off_heap_messages
        self.vm.default_min_heap = <uint32_t>heap_next_size(settings.min_heap)
        self.vm.default_fullsweep = settings.fullsweep_after
        self.vm.default_max_heap = settings.max_heap
        limit = settings.process_limit or (1_048_576 if self.otp.release_number >= 27 else 262_144)
        self.vm.code = code_tables_new(self.vm)
        if self.vm.code == NULL or not vm_process_room_init(self.vm, settings.schedulers, limit):
            raise MemoryError
        self.vm.default_min_vheap = heap_next_size(settings.min_vheap)
        self.vm.default_max_heap_flags = (MAX_HEAP_KILL if settings.max_heap_kill else 0) \
            | (MAX_HEAP_LOG if settings.max_heap_log else 0)
        if self.otp.release_number >= 27 and settings.max_heap_binaries is not False:
            self.vm.default_max_heap_flags |= MAX_HEAP_COUNTS_BINARIES
        self.vm.schedulers_online = settings.schedulers_online or settings.schedulers
        bif_install(self.vm.code)
        bifs_of_release(self.vm.code, self.otp.release_number)
        if not ets_init(self.vm) or not io_room_init(self.vm):
            raise BootError("the I/O room could not be opened")
        self.vm.process_gone = process_gone
        if owns_process:
            room_own_process(self.vm)
        self.host = process_new_host(self.vm)
        for path in self.otp.preloaded:
            self.preload(path)
        vm_atoms_init(self.vm, settings.atom_limit)
        self.vm.crash_dump = crash_dump

    def __dealloc__(self):
        if self.vm != NULL and not self.closed and not self.started:
            self.free_rooms()

    cdef describe(self, VMSettings* texts, bint owns_process):
        """What the VM says of itself."""
        from enigma import __version__

        n, cpus = self.settings.schedulers, os.cpu_count() or 1
        online = self.settings.schedulers_online or n
        copy_text(texts.release, sizeof(texts.release), self.otp.release)
        texts.release_number = self.otp.release_number
        term_hooks().signed_zeros = texts.release_number >= 27
        copy_text(texts.version, sizeof(texts.version), self.otp.erts_version)
        copy_text(texts.architecture, sizeof(texts.architecture), f"{os.uname().machine}-pc-linux-gnu")
        copy_text(texts.system_version, sizeof(texts.system_version),
                  f"Erlang/OTP {self.otp.release} [erts-{self.otp.erts_version}] [enigma-{__version__}] [64-bit] "
                  f"[smp:{n}:{online}] [ds:{n}:{n}:10] [async-threads:1]\n")
        texts.printable_unicode = self.settings.printable == "unicode"
        texts.file_names_unicode = self.settings.file_names == "unicode"
        texts.port_limit = self.settings.port_limit
        texts.ets_limit = self.settings.ets_limit
        texts.owns_process = owns_process
        texts.cpus = cpus
        texts.break_mode = ord(self.settings.break_mode[0])
        texts.requests_limit = <uint32_t>(2 * n)

    cdef preload(self, path):
        """Loads one preloaded module from its file."""
        cdef bytes data = path.read_bytes()
        cdef char error[256]
        cdef Term reason = 0
        cdef ModuleInstance* instance
        cdef Module* module
        error[0] = 0
        instance = code_prepare(self.vm.code, atom(path.stem), <const uint8_t*>PyBytes_AS_STRING(data),
                                PyBytes_GET_SIZE(data), &reason, error, sizeof(error))
        external_set_context(NULL)           # the loader has set it; this thread works for no VM
        if instance == NULL:
            raise BootError(f"{path}: {(<bytes>error).decode('utf-8', 'replace') or 'cannot be loaded'}")
        module = instance.module
        code_finish(self.vm.code, &instance, 1)
        module = module_find(self.vm.code, atom(path.stem))
        code_mark_preloaded(module)
        module.current.line_count = 0        # as in an emulator that carries them: traces show no lines
        module.current.attributes_size = 0
        module.current.compile_size = 0

    cdef keep_arguments(self, words):
        """For system_info(emu_args)."""
        cdef VMSettings* texts = <VMSettings*>self.vm.runtime
        cdef bytes data = b"".join(os.fsencode(w) + b"\0" for w in words if w) + b"\0"
        texts.emulator_arguments = <char*>malloc(<size_t>len(data))
        if texts.emulator_arguments == NULL:
            raise MemoryError
        memcpy(texts.emulator_arguments, PyBytes_AS_STRING(data), <size_t>len(data))

    def boot(self, arguments):
        """Starts erl_init with these words for init, the system processes and the schedulers."""
        cdef FragmentHeap fh
        cdef Term list_ = nil()
        cdef Heap* h = &fh.heap
        cdef bytes text
        cdef SpawnOptions options
        cdef Fragment* chain
        cdef Term pid
        cdef Process* first
        if self.started or self.closed:
            raise BootError("this VM has been started already")
        arguments = list(arguments)
        self.keep_arguments([sys.executable, *self.settings.emulator_args, "--", *arguments])
        fragment_heap_init(&fh)
        for word_ in reversed(arguments):
            text = os.fsencode(word_)
            pid = binary_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
            list_ = cons(heap_alloc(h, 2), pid, list_)
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
        first = process_lock(self.vm, pid)
        if first != NULL:
            self.vm.init_process = first
            process_unlock(first)
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

    def wait(self):
        """Waits until the VM has halted; its exit code. Python's signal handlers run meanwhile."""
        cdef bint done = False
        while not done:
            with nogil:
                done = vm_wait_halted(self.vm, 200000000)
            PyErr_CheckSignals()
        return self.vm.halt_code

    def wait_booted(self, timeout):
        """Waits until init has started all of its boot script. Raises BootError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            if self.halted:
                raise BootError(f"{self.end_reason()} while booting, with exit code {self.vm.halt_code}")
            if name_whereis(self.vm, atom("init")) and name_whereis(self.vm, atom("code_server")):
                try:
                    status = self.call("init", "get_status", [], timeout)
                    if str(status[0]) == "started":
                        return
                except ErlangError:
                    pass                     # init is not there yet
            if time.monotonic() > end:
                raise BootError(f"OTP has not come up within {timeout} seconds")
            time.sleep(0.002)

    @property
    def halted(self):
        """True once erlang:halt was called or the VM was stopped."""
        return self.vm == NULL or en_load32_acq(&self.vm.halted) != 0 or en_load32_acq(&self.vm.stopping) != 0

    @property
    def halt_text(self):
        """What erlang:halt was given to say, if it was a text, else None."""
        return None if self.vm.halt_text == NULL else (<char*>self.vm.halt_text).decode("latin-1")

    def interrupt(self):
        """Ctrl-C at the command line: the break menu, while the whole VM stands still. How to go on, as BREAK_ says.

        A second Ctrl-C ends the VM, as in erl.
        """
        cdef int how = BREAK_EXIT
        with nogil:
            world_stop(self.vm, NULL)
        try:
            how = break_menu(self.vm)
        except KeyboardInterrupt:
            pass
        if how == BREAK_ABORT:
            crash_dump_stopped(self.vm, b"Crash dump requested by user")
        elif how == BREAK_CONTINUE:
            world_resume(self.vm, NULL)
        return how

    def leave(self):
        """The command line's end: output is written out, then the operating system takes everything back."""
        if self.vm.halt_flush:
            with nogil:
                ports_flush(self.vm, -1)
        self.stop()

    def stop(self):
        """Ends all schedulers; what runs in Erlang is cut off."""
        if self.vm == NULL or self.closed:
            return
        en_store32_rel(&self.vm.stopping, 1)
        schedulers_wake_all(self.vm)
        if self.vm.wake_io != NULL:
            self.vm.wake_io(self.vm)

    def close(self):
        """Stops the VM and frees all that belongs to it. Calls in progress on other threads end with RuntimeError."""
        if self.process != os.getpid():
            self.closed = True                # a forked child: nothing of it runs here, and nothing may be touched
            return
        with self.gate:
            if self.closing:
                while not self.closed and not self.orphan and threading.get_ident() not in self.users:
                    self.gate.wait()
                return
            self.closing = True
        self.stop()
        with self.gate:
            if threading.get_ident() in self.users:      # a signal handler within a call
                self.orphan = True
                return
            while self.users:
                self.gate.wait()
        self.end()

    cdef end(self):
        """Nobody uses the VM any more."""
        for thread in self.threads:
            thread.join()
        self.identity.release()
        self.free_rooms()
        with self.gate:
            self.closed = True
            self.gate.notify_all()

    cdef free_rooms(self):
        if self.vm == NULL:
            return
        vm_process_room_free(self.vm)
        ets_free(self.vm)
        io_room_free(self.vm)
        persistent_free(self.vm)
        points_free(trace_room(self.vm))
        trace_room_free(self.vm)
        code_tables_free(self.vm.code)
        free((<VMSettings*>self.vm.runtime).emulator_arguments)
        free(self.vm.runtime)
        free(self.vm)
        self.vm = NULL

    def disassemble(self, bytes data, module, function):
        """The instructions of a .beam file as text: generic operations, then what they became.

        `function` is NAME/ARITY or None for all.
        """
        cdef char text[600]
        cdef Term reason = 0
        cdef ModuleInstance* instance
        cdef FunctionInfo* f
        cdef word* ip
        cdef size_t length
        cdef uint32_t i
        cdef TextBuffer line
        text[0] = 0
        text_init(&line)
        out = generic_text(data, function)
        instance = code_prepare(self.vm.code, 0, <const uint8_t*>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data),
                                &reason, text, sizeof(text))
        external_set_context(NULL)
        if instance == NULL:
            raise BootError(f"{module}: {(<bytes>text).decode('utf-8', 'replace') or 'cannot be loaded'}")
        out.append("%% specialised")
        for i in range(instance.function_count):
            f = &instance.functions[i]
            name = f"{term_text(f.function)}/{f.arity}"
            if function is not None and function != name:
                continue
            out.append(f"\n{name}:")
            ip = f.info
            while ip < f.end:
                line.size = 0
                length = instruction_text(instance.code_start, ip, &line)
                words = PyBytes_FromStringAndSize(<const char*>line.data, <Py_ssize_t>line.size).decode("utf-8", "replace")
                out.append(f"  {ip - instance.code_start:6d}  {words}")
                ip += length
        text_free(&line)
        code_discard(self.vm.code, instance)
        return "\n".join(out) + "\n"

    # --- the host's side ---------------------------------------------------------------------------------
    cdef enter(self):
        """A call of the host begins; each needs a leave_call. Raises RuntimeError if the VM has ended."""
        if self.process != os.getpid():
            raise RuntimeError("the VM runs in the process that has made it; a forked child needs one of its own")
        with self.gate:
            if self.closing or self.closed:
                raise RuntimeError("the VM has been closed")
            if self.halted:
                raise RuntimeError(self.end_reason())
            me = threading.get_ident()
            self.users[me] = self.users.get(me, 0) + 1

    cdef leave_call(self):
        cdef bint last
        with self.gate:
            me = threading.get_ident()
            left = self.users.pop(me) - 1
            if left:
                self.users[me] = left
            last = self.orphan and not self.users
            self.gate.notify_all()
        if last:
            self.end()

    def end_reason(self):
        """Why nothing can be asked any more, in words."""
        text = self.halt_text
        return "the VM has ended" if text is None else f"the VM has ended ({text.strip()})"

    cdef Term start_call(self, Process* parent, module, function, list arguments, uint32_t flags, Term* ref) except 0:
        """Spawns module:function(arguments...) as a child of a host mailbox."""
        cdef FragmentHeap fh
        cdef SpawnOptions options
        cdef Fragment* chain
        cdef Term list_, pid, user
        fragment_heap_init(&fh)
        try:
            list_ = from_python(&fh.heap, arguments, self.identity)
            user = name_whereis(self.vm, atom("user"))
            if user:
                parent.group_leader = user
            spawn_options_init(self.vm, &options)
            options.flags = flags
            if flags:
                options.process_flags |= PF_HOST_CALL
            pid = process_spawn(self.vm, parent, atom_term(module), atom_term(function), list_, &options)
            ref[0] = options.monitor_ref
        finally:
            chain = fragment_heap_take(&fh)
            if chain != NULL:
                fragment_free(chain, True)
        if pid == 0:
            raise RuntimeError("no process can be started: the process table is full or memory is exhausted")
        return pid

    def call(self, module, function, list arguments, timeout):
        """The value of module:function(arguments...), run in a process of its own."""
        cdef Process* mailbox
        cdef Term pid, ref = 0, message
        self.enter()
        try:
            mailbox = process_new_host(self.vm)
            if mailbox == NULL:
                raise RuntimeError("no mailbox for the call: the process table is full")
            try:
                pid = self.start_call(mailbox, module, function, arguments, SPAWN_MONITOR, &ref)
                try:
                    message = self.next_message(mailbox, timeout)
                except BaseException:
                    exit_signal(self.vm, mailbox.id, pid, AM_kill, EXIT_KILL)
                    raise
                answer = to_python(message, self.identity)
            finally:
                process_free_host(mailbox)
        finally:
            self.leave_call()
        kind = str(answer[0])
        if kind == "ok":
            return answer[1]
        if self.halted:                      # what the call met is the VM's end
            raise RuntimeError(self.end_reason())
        if kind == "DOWN":                   # killed from elsewhere
            raise ErlangError("exit", answer[4], [])
        raise ErlangError(kind, answer[1], answer[2] if isinstance(answer[2], list) else [])

    cdef Term next_message(self, Process* mailbox, timeout) except 0:
        """The first message of a host mailbox; valid until the mailbox is used again."""
        cdef Signal* signal
        cdef Term message
        cdef int64_t slice_ns
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            signals_fetch(mailbox)
            mailbox_reset(mailbox)
            signal = mailbox_peek(mailbox)
            if signal != NULL:
                message = signal.term
                mailbox_remove(mailbox)
                return message
            if self.halted:
                raise RuntimeError(self.end_reason())
            left = 0.1 if end is None else min(0.1, end - time.monotonic())
            if left <= 0:
                raise TimeoutError(f"no answer within {timeout} seconds")
            slice_ns = <int64_t>(left * 1e9)
            with nogil:
                host_wait(mailbox, slice_ns)
            PyErr_CheckSignals()

    def spawn(self, module, function, list arguments):
        """Starts module:function(arguments...); its Pid."""
        cdef Process* parent
        cdef Term ref = 0, pid
        self.enter()
        try:
            # Not `host`, which another thread may be receiving with.
            parent = process_new_host(self.vm)
            if parent == NULL:
                raise RuntimeError("no process can be started: the process table is full")
            try:
                pid = self.start_call(parent, module, function, arguments, 0, &ref)
            finally:
                process_free_host(parent)
            return to_python(pid, self.identity)
        finally:
            self.leave_call()

    def send(self, destination, message):
        """Sends a message to a Pid, or an Atom that is registered."""
        cdef FragmentHeap fh
        cdef Term to, term
        cdef Fragment* chain
        self.enter()
        try:
            fragment_heap_init(&fh)
            try:
                to = from_python(&fh.heap, destination, self.identity)
                term = from_python(&fh.heap, message, self.identity)
            except BaseException:
                chain = fragment_heap_take(&fh)
                if chain != NULL:
                    fragment_free(chain, True)
                raise
            chain = fragment_heap_take(&fh)
            if term_is_atom(to):
                to = name_whereis(self.vm, to)
            if not term_is_local_pid(to):
                if chain != NULL:
                    fragment_free(chain, True)
                raise ValueError(f"no process is registered as {shown(destination)}")
            send_message_fragment(self.vm, self.host.id, to, term, chain)
        finally:
            self.leave_call()

    def host_pid(self):
        """The Pid of the host's mailbox."""
        self.enter()
        try:
            return to_python(self.host.id, self.identity)
        finally:
            self.leave_call()

    def receive(self, timeout):
        """The next message in the host's mailbox. TimeoutError if none comes."""
        cdef Term message
        end = None if timeout is None else time.monotonic() + timeout
        self.enter()
        try:
            # Another thread that receives holds the lock until it has its message.
            while not self.lock.acquire(timeout=0.1 if end is None else max(0.0, min(0.1, end - time.monotonic()))):
                if self.halted:
                    raise RuntimeError(self.end_reason())
                if end is not None and time.monotonic() >= end:
                    raise TimeoutError(f"no message within {timeout} seconds")
            try:
                left = None if end is None else end - time.monotonic()
                try:
                    message = self.next_message(self.host, left)
                except TimeoutError:
                    raise TimeoutError(f"no message within {timeout} seconds") from None
                answer = to_python(message, self.identity)
                if self.host.mem.fragment_words > 4096:
                    process_collect(self.host, 0, NULL, 0, True)
            finally:
                self.lock.release()
            return answer
        finally:
            self.leave_call()
