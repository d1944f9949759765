"""What a tool on this machine can and cannot do: asked from inside real sandboxes."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.base import Observed, Release, ReleaseRef
from datalab.providers.cluster.local import processes
from datalab.providers.cluster.local.dial import dial
from datalab.providers.cluster.local.limits import find_groups
from datalab.providers.cluster.local.runtime import LocalRuntime
from tests.parts.local import ROOT, SERVE, Agent, running_agent, runtime_of

pytestmark = pytest.mark.embedded

ACME = ReleaseRef(namespace="dl-acme", name="web")
GLOBEX = ReleaseRef(namespace="dl-globex", name="web")
CANARY = "canary-4711"
USER = 64321
"""Nobody on this machine."""


@contextmanager
def greeter(words: bytes) -> Iterator[int]:
    """A server on this machine's loopback that says something to whoever comes: its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:
                    return
                with visitor:
                    visitor.sendall(words)

        threading.Thread(target=greet, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def outside() -> Iterator[int]:
    with greeter(b"the platform's own port") as port:
        yield port


@pytest.fixture(scope="module")
def store() -> Iterator[int]:
    with greeter(b"the store") as port:
        yield port


@pytest.fixture(scope="module")
def agent(store: int) -> Iterator[Agent]:
    os.environ["DATALAB_CANARY"] = CANARY
    with running_agent("--forward", f"9000=127.0.0.1:{store}") as agent:
        yield agent
    del os.environ["DATALAB_CANARY"]


@pytest.fixture
def runtime(agent: Agent) -> Iterator[LocalRuntime]:
    runtime = runtime_of(agent)
    for ref in (ACME, GLOBEX):
        runtime.ensure_namespace(ref.namespace, quota={})
    yield runtime
    for ref in (ACME, GLOBEX):
        runtime.remove_namespace(ref.namespace)


def run(runtime: LocalRuntime, line: str = SERVE, *, ref: ReleaseRef = ACME, **more: Any) -> None:
    """Apply it and wait until it is ready."""
    runtime.apply(Release(ref=ref, chart=Path("web"), version="1", values={"run": line}, **more))
    wait(lambda: runtime.observe(ref).state is not Observed.STARTING)
    assert runtime.observe(ref).state is Observed.RUNNING, runtime.observe(ref)


def wait(done: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask_inside(runtime: LocalRuntime, code: str, *, ref: ReleaseRef = ACME) -> dict[str, Any]:
    """Run Python inside a new sandbox, which fills `found`, and return that."""
    script = f"import json, os, socket, subprocess\nfound = {{}}\n{textwrap.dedent(code)}\n"
    script += "print('FOUND', json.dumps(found), flush=True)\n"
    run(runtime, f"python3 - <<'END'\n{script}\nEND\nexec {SERVE}", ref=ref)
    said = [line for line in runtime.logs(ref, tail=200).splitlines() if "FOUND" in line]
    assert said, runtime.logs(ref, tail=50)
    answer: dict[str, Any] = json.loads(said[-1].removeprefix("FOUND "))
    return answer


def instance(runtime: LocalRuntime, ref: ReleaseRef = ACME) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(runtime.folders.instance(ref).read_text())
    return found


def hear(port: int, host: str = "127.0.0.1") -> str:
    """Code that connects from inside and keeps what it hears, or the name of the error."""
    return f"""
    try:
        with socket.create_connection(({host!r}, {port}), 3) as one:
            found[{f"{host}:{port}"!r}] = one.recv(100).decode()
    except OSError as error:
        found[{f"{host}:{port}"!r}] = type(error).__name__
    """


# -- who may start it ------------------------------------------------------------------------------
@pytest.mark.skipif(os.geteuid() != 0, reason="this is the other half: nobody else can become two")
def test_all_of_this_holds_without_root_too() -> None:
    """This file once more, as an ordinary user of the machine."""
    home = Path(tempfile.mkdtemp(prefix="datalab-user-"))
    try:
        os.chown(home, USER, USER)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)},
            user=USER,
            group=USER,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    except PermissionError:
        pytest.skip("this checkout is in a folder that other users cannot enter")
    finally:
        shutil.rmtree(home)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


# -- who it is -----------------------------------------------------------------------------------
def test_a_tool_has_no_power_over_the_machine(runtime: LocalRuntime) -> None:
    found = ask_inside(
        runtime,
        """
        status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
        found["uid"] = os.getuid()
        found["powers"] = [status[f"Cap{kind}"].strip() for kind in ("Prm", "Eff", "Bnd", "Amb")]
        found["no_new"] = status["NoNewPrivs"].strip()
        found["writable"] = [
            path
            for path in (
                "/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger",
                "/proc/sys/kernel/hostname", "/", "/usr", "/usr/bin", "/etc", "/etc/passwd", "/vault",
                "/vault/secrets", "/var/run/datalab",
            )
            if os.access(path, os.W_OK)
        ]
        found["user_namespaces"] = subprocess.run(["unshare", "-U", "true"]).returncode == 0
        found["processes"] = len([pid for pid in os.listdir("/proc") if pid.isdecimal()])
        """,
    )
    assert found["uid"] == 1000
    assert set(found["powers"]) == {"0000000000000000"}
    assert found["no_new"] == "1"
    assert found["writable"] == []
    assert found["user_namespaces"] is False
    assert found["processes"] <= 4


def test_outside_it_is_its_tenants_own_user_and_never_root(runtime: LocalRuntime) -> None:
    run(runtime)
    run(runtime, ref=GLOBEX)
    users = []
    for ref in (ACME, GLOBEX):
        pid = instance(runtime, ref)["process"]["pid"]
        status = Path(f"/proc/{pid}/status").read_text()
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert len(set(uids)) == 1
        users.append(int(uids[0]))
    assert 0 not in users
    if os.geteuid() == 0:
        assert users[0] != users[1]


def test_a_tool_knows_nothing_of_the_platforms_environment(runtime: LocalRuntime) -> None:
    found = ask_inside(runtime, "found.update(os.environ)")
    assert CANARY not in found.values()
    assert found["HOME"] == "/home/jovyan"
    assert found["HTTPS_PROXY"] == "http://127.0.0.1:3128"


# -- files ---------------------------------------------------------------------------------------
def test_other_tenants_and_the_platforms_files_do_not_exist(runtime: LocalRuntime) -> None:
    run(runtime, f"echo {CANARY} > mine; {SERVE}", ref=GLOBEX)
    state, volumes = runtime.folders.root, runtime.folders.volumes(GLOBEX)
    assert list(volumes.rglob("mine"))
    found = ask_inside(
        runtime,
        f"""
        places = [{str(state)!r}, {str(volumes)!r}, {str(runtime.folders.memory)!r}, "/root", "/work"]
        found["there"] = [path for path in places if os.path.exists(path)]
        found["canary"] = subprocess.run(
            ["grep", "-rlsI", "{CANARY[:-2]}" + "11", "/home", "/tmp", "/mnt", "/var", "/run", "/vault"],
            capture_output=True, text=True,
        ).stdout
        """,
    )
    assert found == {"there": [], "canary": ""}


def test_a_tools_own_files_are_closed_to_other_users_of_the_machine(runtime: LocalRuntime) -> None:
    run(runtime, files={"/vault/secrets/A": b"x"})
    for folder in (runtime.folders.root, runtime.folders.memory):
        assert folder.stat().st_mode & 0o077 == 0
    assert runtime.folders.log(ACME).stat().st_mode & 0o077 == 0
    assert runtime.agent.path.stat().st_mode & 0o777 == 0o600


# -- network -------------------------------------------------------------------------------------
def test_only_the_named_targets_are_reached(runtime: LocalRuntime, outside: int) -> None:
    address = _own_address()
    code = hear(9000) + hear(outside) + hear(80, "169.254.169.254")
    code += hear(outside, address) if address else ""
    found = ask_inside(runtime, code)
    assert found.pop("127.0.0.1:9000") == "the store"
    assert found.pop(f"127.0.0.1:{outside}") == "ConnectionRefusedError"
    assert set(found.values()) == {"OSError"}  # no way there at all


def test_no_name_is_resolved_inside(runtime: LocalRuntime) -> None:
    found = ask_inside(
        runtime,
        """
        try:
            found["address"] = socket.getaddrinfo("pypi.org", 443)[0][4][0]
        except socket.gaierror:
            found["address"] = None
        found["localhost"] = socket.gethostbyname("localhost")
        """,
    )
    assert found == {"address": None, "localhost": "127.0.0.1"}


def test_each_tool_answers_on_its_own_network(agent: Agent, runtime: LocalRuntime) -> None:
    for ref in (ACME, GLOBEX):
        run(runtime, f"echo {ref.namespace} > index.html; {SERVE}", ref=ref)
    for ref in (ACME, GLOBEX):
        assert ref.namespace.encode() in asyncio.run(_get(ref, agent))


def test_what_does_not_run_cannot_be_dialed(agent: Agent, runtime: LocalRuntime) -> None:
    with pytest.raises(ProviderRefused):
        asyncio.run(dial(ACME, agent=agent.socket))
    with pytest.raises(ProviderUnavailable):
        asyncio.run(dial(ACME, agent=agent.socket.with_name("nobody.sock")))


def test_open_connections_end_with_the_tool(agent: Agent, runtime: LocalRuntime) -> None:
    run(runtime)

    async def stay() -> bytes:
        one = await dial(ACME, agent=agent.socket)
        with one:
            await asyncio.to_thread(runtime.remove, ACME)
            async with asyncio.timeout(10):
                return await asyncio.get_running_loop().sock_recv(one, 100)

    assert asyncio.run(stay()) == b""


def _own_address() -> str | None:
    """This machine's address in its network, None where it is in none."""
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if name != "lo" and one.family is socket.AF_INET:
                return str(one.address)
    return None


async def _get(ref: ReleaseRef, agent: Agent) -> bytes:
    loop = asyncio.get_running_loop()
    answer = b""
    with await dial(ref, agent=agent.socket) as one:
        await loop.sock_sendall(one, b"GET / HTTP/1.0\r\n\r\n")
        while piece := await loop.sock_recv(one, 65536):
            answer += piece
    return answer


# -- limits --------------------------------------------------------------------------------------
def test_limits_are_in_place_before_the_tool_begins(runtime: LocalRuntime) -> None:
    groups = find_groups(runtime.folders.mark)
    if not groups.parents or groups.unified:
        pytest.skip("no control groups of the first version can be written to here")
    run(runtime)
    name = instance(runtime)["id"]
    memory = groups.parents["memory"] / name
    assert int((memory / "memory.limit_in_bytes").read_text()) == 256 * 1024 * 1024
    members = [int(pid) for pid in (memory / "cgroup.procs").read_text().split()]
    # All of the sandbox but the monitor, which must live to tell.
    assert instance(runtime)["process"]["pid"] in members
    assert instance(runtime)["monitor"]["pid"] not in members


def test_a_tool_that_lives_on_says_that_it_lost_a_process(runtime: LocalRuntime) -> None:
    if "memory" not in find_groups(runtime.folders.mark).parents:
        pytest.skip("memory cannot be limited here")
    eat = "python3 -c 'x = bytearray(900 * 1024 * 1024)'"
    run(runtime, f"(sleep 0.5; {eat}) & exec {SERVE}")
    wait(lambda: runtime.observe(ACME).reason is not None)
    seen = runtime.observe(ACME)
    assert seen.state is Observed.RUNNING
    assert seen.reason is not None
    assert seen.reason.code == "OutOfMemory"


# -- ends ----------------------------------------------------------------------------------------
def test_a_tool_is_asked_before_it_is_killed(runtime: LocalRuntime) -> None:
    run(runtime, f"trap 'echo goodbye; exit 0' TERM; {SERVE} & wait")
    runtime.apply(Release(ref=ACME, chart=Path("web"), version="1", values={}, paused=True))
    wait(lambda: runtime.observe(ACME).state is Observed.PAUSED)
    assert "goodbye" in runtime.logs(ACME, tail=5)


def test_a_tool_that_does_not_listen_is_killed(runtime: LocalRuntime) -> None:
    run(runtime, f"trap '' TERM; {SERVE} & while true; do wait; done")
    found = processes.Process(**instance(runtime)["process"])
    runtime.remove(ACME)
    wait(lambda: runtime.observe(ACME).state is Observed.ABSENT)
    assert not processes.is_alive(found)


def test_what_a_tool_leaves_behind_ends_with_it(runtime: LocalRuntime) -> None:
    run(runtime, f"(trap '' TERM HUP; sleep 300) & {SERVE} & sleep 1; exit 3")
    found = processes.Process(**instance(runtime)["process"])
    wait(lambda: runtime.observe(ACME).state is Observed.FAILED)
    assert not processes.is_alive(found)


# -- the agent's own end -------------------------------------------------------------------------
def test_after_the_agents_end_the_ways_in_and_out_are_joined_again(
    agent: Agent, runtime: LocalRuntime
) -> None:
    ask = "import socket; one = socket.create_connection(('127.0.0.1', 9000))"
    loop = f'while sleep 0.2; do python3 -c "{ask}; print(1, one.recv(99))"; done'
    run(runtime, f"({loop}) & exec {SERVE}")
    agent.end(signal.SIGKILL)
    agent.start()
    runtime.folders.log(ACME).write_text("")
    wait(lambda: "1 b'the store'" in runtime.logs(ACME, tail=3))
    assert b"200 OK" in asyncio.run(_get(ACME, agent))


def test_a_sandbox_that_was_let_go_without_its_network_is_ended(
    agent: Agent, runtime: LocalRuntime
) -> None:
    """What an agent leaves that is killed in the middle of a start."""
    run(runtime)
    found = processes.Process(**instance(runtime)["process"])
    agent.end(signal.SIGKILL)
    path = runtime.folders.instance(ACME)
    path.write_text(json.dumps({**instance(runtime), "released": False}))
    agent.start()
    wait(lambda: not processes.is_alive(found))
    assert runtime.observe(ACME).state is Observed.ABSENT  # so it is applied again


def test_a_sandbox_that_nobody_knows_is_ended(agent: Agent, runtime: LocalRuntime) -> None:
    run(runtime)
    found = processes.Process(**instance(runtime)["process"])
    agent.end(signal.SIGKILL)
    runtime.folders.instance(ACME).unlink()
    agent.start()
    wait(lambda: not processes.is_alive(found))


def test_a_removal_goes_on_after_the_agents_end(agent: Agent, runtime: LocalRuntime) -> None:
    run(runtime, f"trap '' TERM; {SERVE} & while true; do wait; done")
    runtime.remove(ACME)
    assert runtime.observe(ACME).state is Observed.REMOVING
    agent.end(signal.SIGKILL)
    agent.start()
    wait(lambda: runtime.observe(ACME).state is Observed.ABSENT)


def test_an_agent_without_its_zygote_ends_and_its_tools_do_not(
    agent: Agent, runtime: LocalRuntime
) -> None:
    run(runtime)
    found = processes.Process(**instance(runtime)["process"])
    pid = runtime.agent.ask("about")["pid"]
    [zygote] = processes.children(pid)
    os.kill(zygote, signal.SIGKILL)
    assert agent.wait() == 1
    assert processes.is_alive(found)
    agent.start()
    assert runtime.observe(ACME).state is Observed.RUNNING


def test_there_is_one_agent_for_a_state_folder(agent: Agent) -> None:
    second = subprocess.run(
        agent.command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert second.returncode == 1
    assert "another agent runs" in second.stderr
    assert runtime_of(agent).not_enforced()
