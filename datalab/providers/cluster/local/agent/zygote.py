"""The small process that does what needs a fork: starting sandboxes, making sockets inside them.

It is forked before anything large is imported, has one thread, and ends with its agent. Started
sandboxes outlive it. Each request is one packet of JSON with descriptors, and so is each answer.
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

PACKET = 128 * 1024
MAX_SOCKETS = 64
STAGES = ("/mnt", "/srv", "/media", "/opt")
"""Folders that every machine has: one is covered, for the sandbox only, to hold its sources."""

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_NODEV, _MS_NOSUID = 0x1000, 0x4000, 0x40000, 0x4, 0x2
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG = 24, 38, 1
_NS_GET_USERNS = 0xB701
_OOM_SCORE = "300"
_RESTORED = (
    *(signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ),  # this process and its Python ignore them
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP),
)
_libc = ctypes.CDLL(None, use_errno=True)


def fork_zygote() -> tuple[socket.socket, int]:
    """Fork it; the channel to it and its pid. Call it before threads and large imports."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        serve(theirs)
    theirs.close()
    ours.setblocking(False)
    return ours, pid


def stage_for_sources() -> Path:
    return next(Path(path) for path in STAGES if Path(path).is_dir())


def serve(channel: socket.socket) -> NoReturn:
    """Answer until the agent is gone."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: the kernel reaps
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the agent decides, and its end is ours
    while True:
        packet, descriptors, _, _ = socket.recv_fds(channel, PACKET, 8)
        if not packet:
            os._exit(0)
        request = json.loads(packet)
        work = _launch if request["do"] == "launch" else _make_sockets
        _in_child(channel, work, request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _in_child(channel: socket.socket, work: Any, request: Any, descriptors: list[int]) -> None:
    """The child answers if it fails, or has made something; a pipe that closes says: it ran."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work(channel, request, descriptors)
        except BaseException as error:  # noqa: BLE001 - a forked child must never return
            os.write(writes, str(error).encode()[:2000] or b"failed")
        os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        problem = pipe.read().decode(errors="replace")
    if problem:
        channel.send(json.dumps({"error": problem}).encode())
    elif request["do"] == "launch":
        channel.send(json.dumps({"pid": pid}).encode())


# -- starting ------------------------------------------------------------------------------------
def _launch(_: socket.socket, request: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Become the sandbox. The descriptors: output, then those that the sandbox is told about."""
    os.setsid()
    os.chdir("/")
    os.umask(0o022)
    Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)  # tools go before the platform does
    if os.geteuid() == 0:
        _stage(request["sources"])
        _become(request["uid"])
    if os.geteuid() == 0:
        raise PermissionError("root never starts a sandbox")
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    _limit(request["rlimits"])
    _place(descriptors, request["places"])
    for number in _RESTORED:
        signal.signal(number, signal.SIG_DFL)
    os.execve(request["program"], request["arguments"], {})  # noqa: S606 - a list, no shell


def _stage(sources: Sequence[str]) -> None:
    """Show each source below the stage, where any user may go, in a mount namespace of our own.

    The platform's folders themselves stay closed to the tenant's user.
    """
    stage = stage_for_sources()
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "mount")
    opened = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in sources]
    options = ctypes.c_char_p(b"mode=0711,size=1m")
    flags = _MS_NODEV | _MS_NOSUID
    _check(_libc.mount(b"stage", os.fsencode(stage), b"tmpfs", flags, options), "mount")
    for number, descriptor in enumerate(opened):
        place = stage / str(number)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            place.mkdir(mode=0o711)
        else:
            place.touch()
        source = f"/proc/self/fd/{descriptor}".encode()
        _check(_libc.mount(source, os.fsencode(place), None, _MS_BIND | _MS_REC, None), "bind")


def _become(uid: int) -> None:
    os.setgroups([])
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _limit(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, value in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _place(descriptors: Sequence[int], places: Sequence[int]) -> None:
    """Move each to its number, by way of numbers that are nobody's place."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 64) for descriptor in descriptors]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(high[0], 1)
    os.dup2(high[0], 2)
    for descriptor, place in zip(high[1:], places, strict=True):
        os.dup2(descriptor, place)


# -- sockets -------------------------------------------------------------------------------------
def _make_sockets(channel: socket.socket, request: dict[str, Any], _: Sequence[int]) -> None:
    """TCP sockets of the network namespace of `pid`; who gets them connects or listens."""
    _enter(request["pid"])
    made = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(request["count"])]
    socket.send_fds(channel, [b'{"sockets": true}'], [one.fileno() for one in made])


def _enter(pid: int) -> None:
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if os.geteuid() != 0:
        owner = fcntl.ioctl(network, _NS_GET_USERNS)
        _check(_libc.setns(owner, _CLONE_NEWUSER), "setns")
    _check(_libc.setns(network, _CLONE_NEWNET), "setns")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
