"""The whole story on a cluster, in a browser, and what two tenants see of each other."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.secrets.policies import service_role_name
from tests.cluster.layout import API_SERVICE_IP, NODE_IP, layout_of
from tests.cluster.platform import HOST, ORIGIN
from tests.cluster.story import TENANTS, Story, bucket_of, namespace_of, running_story, slug_of
from tests.e2e.steps import (
    MINUTE,
    PREPARED_WITHIN,
    open_tool,
    order,
    remove_service,
    see_oneself,
    write_secret,
)
from tests.e2e.tools import new_terminal, open_again, open_notebook, run_cell
from tests.parts.chromium import running_chromium, someones_own
from tests.parts.cluster import KUBECONFIG_VARIABLE
from tests.parts.keycloak import PASSWORDS, missing
from tests.parts.ports import wait_until

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]

SECRET = "correct horse battery staple"
TO_THE_BUCKET = """\
import boto3, os
s3 = boto3.client('s3')
s3.put_object(Bucket=os.environ['DATALAB_BUCKET'], Key='hello.txt', Body=b'hello')
print([o['Key'] for o in s3.list_objects_v2(Bucket=os.environ['DATALAB_BUCKET'])['Contents']])
"""
READ_THE_SECRET = "print(os.environ['DB_PASSWORD'], '|', open('/vault/secrets/DB_PASSWORD').read())"


@pytest.fixture(scope="module")
def story(
    kubeconfig: Path, api: KubernetesApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    if os.environ.get(KUBECONFIG_VARIABLE):
        pytest.skip(
            "What the platform needs is on this machine, which another cluster's pods cannot reach."
        )
    folder = tmp_path_factory.mktemp("story")
    with running_story(folder, layout_of(), kubeconfig, api) as story:
        yield story


@pytest.fixture(scope="module")
def browser(story: Story) -> Iterator[Browser]:
    # The authority of these tests is nobody's that Chromium knows.
    with running_chromium(story.rules, "--ignore-certificate-errors") as browser:
        yield browser


@pytest.fixture(scope="module")
def tenants(browser: Browser) -> None:
    """Made in the page by somebody whom the identity provider says to be an administrator."""
    with someones_own(browser) as root:
        page = sign_in(root, "root")
        page.goto(f"{ORIGIN}/platform/tenants")
        for name in TENANTS.values():
            make_tenant(page, name)


def make_tenant(page: Page, name: str) -> None:
    page.get_by_role("button", name="New tenant").click()
    form = page.get_by_role("form", name="New tenant")
    form.get_by_role("textbox", name="Name", exact=True).fill(name)
    form.get_by_role("button", name="Make the tenant").click()
    row = page.get_by_role("listitem", name=f"Tenant {name}")
    expect(row.get_by_text("Active")).to_be_visible(timeout=MINUTE)


def sign_in(person: BrowserContext, username: str) -> Page:
    """By Keycloak's own form."""
    page = person.new_page()
    page.goto(ORIGIN)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or email").fill(username)
    page.get_by_role("textbox", name="Password").fill(PASSWORDS[username])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(re.compile(f"^{re.escape(ORIGIN)}/"))
    see_oneself(page)
    return page


@pytest.fixture(scope="module")
def alice(browser: Browser, tenants: None) -> Iterator[Page]:
    """Of Story Blue."""
    with someones_own(browser) as person:
        yield sign_in(person, "alice")


@pytest.fixture(scope="module")
def eve(browser: Browser, tenants: None) -> Iterator[Page]:
    """Of Story Red."""
    with someones_own(browser) as person:
        yield sign_in(person, "eve")


def test_a_group_of_the_identity_provider_is_a_membership(alice: Page) -> None:
    status, me = ask(alice, "GET", "/api/v1/me")
    found = [(one["slug"], one["role"]) for one in me["tenants"]]
    assert (status, found) == (200, [(slug_of("blue"), "member")])
    assert not me["is_platform_admin"]


def ask(page: Page, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """The API as the page itself asks it: status, and what was answered as JSON."""
    status, text = page.evaluate(_ASK, [method, path, body])
    return status, json.loads(text) if text else None


_ASK = """async ([method, path, body]) => {
  const token = document.cookie.match(/__Host-datalab_csrf=([^;]+)/);
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token ? token[1] : ""};
  const sent = body === null ? null : JSON.stringify(body);
  const answer = await fetch(path, {method, headers, body: sent});
  return [answer.status, await answer.text()];
}"""


def test_a_data_scientists_day(alice: Page, story: Story) -> None:
    write_secret(alice, "db", "DB_PASSWORD", SECRET)
    card = order(alice, "JupyterLab", "notebook", secret="db", size="Small")
    assert phases(card, until="running")[-2:] == ["starting", "running"]

    tool = open_tool(alice.context, card)
    host = urlsplit(tool.url).hostname or ""
    assert host.endswith(f".{HOST}"), "an origin of its own"
    open_notebook(tool)
    assert "hello.txt" in run_cell(tool, TO_THE_BUCKET)
    secret = run_cell(tool, READ_THE_SECRET)
    assert secret.strip() == f"{SECRET} | {SECRET}"
    assert story.around.objects.objects().list(bucket_of("blue"), "").objects[0].key == "hello.txt"
    run_cell(tool, "print(open('kept.txt', 'w').write('kept'))")
    tool.close()

    card.get_by_role("button", name="Pause notebook").click()
    assert phases(card, until="paused")[-1] == "paused"
    assert story.pods("blue", "notebook") == []
    card.get_by_role("button", name="Resume notebook").click()
    assert phases(card, until="running")[-1] == "running"
    tool = open_tool(alice.context, card)
    open_again(tool)
    assert run_cell(tool, "print(open('kept.txt').read())").strip() == "kept"
    tool.close()

    remove_service(alice, "notebook")
    _, quota = ask(alice, "GET", f"/api/v1/tenants/{slug_of('blue')}/quota")
    assert (quota["used"]["services"], quota["used"]["cpu"]) == (0, "0")
    assert left_of_releases(story, "blue") == []


def phases(card: Locator, *, until: str) -> list[str]:
    """All that the card says on its way there, in their order."""
    seen: list[str] = []
    deadline = time.monotonic() + PREPARED_WITHIN / 1000
    while not seen or seen[-1] != until:
        phase = card.locator("[data-phase]").first.get_attribute("data-phase") or ""
        if seen[-1:] != [phase]:
            seen.append(phase)
        assert phase not in {"failed", "unknown"}, card.inner_text()
        assert time.monotonic() < deadline, (seen, card.inner_text())
        time.sleep(0.05)
    return seen


def left_of_releases(story: Story, group: str) -> list[str]:
    at = namespace_of(group)
    api = story.installed.api
    kinds = (
        f"/api/v1/namespaces/{at}/secrets",
        f"/api/v1/namespaces/{at}/services",
        f"/apis/apps/v1/namespaces/{at}/statefulsets",
    )
    return [one["metadata"]["name"] for path in kinds for one in api.list(path).items]


def test_vs_code_opens_and_its_terminal_reaches_the_bucket(alice: Page, story: Story) -> None:
    card = order(alice, "VS Code", "editor", size="Small")
    phases(card, until="running")
    tool = open_tool(alice.context, card)
    tool.locator(".monaco-workbench").wait_for(timeout=MINUTE)
    terminal = new_terminal(tool)
    terminal.click()
    script = (
        "import boto3,os;boto3.client('s3').put_object(Bucket=os.environ['DATALAB_BUCKET'],"
        "Key='from-terminal.txt',Body=b'1')"
    )
    tool.keyboard.type(f'python3 -c "{script}"\n', delay=5)
    store = story.around.objects.objects()
    wait_until(
        lambda: "from-terminal.txt" in [o.key for o in store.list(bucket_of("blue"), "").objects],
        seconds=90,
    )
    tool.close()
    remove_service(alice, "editor")


def test_mlflow_opens_and_answers(alice: Page) -> None:
    card = order(alice, "MLflow", "tracking", size="Small")
    phases(card, until="running")
    tool = open_tool(alice.context, card)
    expect(tool.get_by_text("Experiments").first).to_be_visible(timeout=MINUTE)
    status, found = ask(tool, "POST", "/api/2.0/mlflow/experiments/search", {"max_results": 5})
    assert (status, found["experiments"][0]["name"]) == (200, "Default")
    tool.close()
    remove_service(alice, "tracking")


# -- two tenants, each with a tool that runs ------------------------------------------------------
LAB = "lab"
AGENT = "vault-agent"
AGENTS_TOKEN = "/var/run/secrets/vault.hashicorp.com/serviceaccount/token"


@pytest.fixture(scope="module")
def labs(alice: Page, eve: Page, story: Story) -> None:
    """Of the same name, with secrets of the same name."""
    for person, group in ((alice, "blue"), (eve, "red")):
        at = f"/api/v1/tenants/{slug_of(group)}"
        secret = {"data": {"PASSWORD": f"of {group}"}}
        status, said = ask(person, "PUT", f"{at}/secrets/both", secret)
        assert status == 200, said
        size = {"cpu": "100m", "memory": "512Mi", "storage": "1Gi"}
        asked = {"chart": "jupyter", "name": LAB, "resources": size, "secrets": ["both"]}
        status, said = ask(person, "POST", f"{at}/services", asked)
        assert status == 202, said
    for person, group in ((alice, "blue"), (eve, "red")):
        wait_until(lambda: the_lab(person, group)["phase"] == "running", seconds=240)  # noqa: B023


def the_lab(person: Page, group: str) -> Any:
    found = ask(person, "GET", f"/api/v1/tenants/{slug_of(group)}/services/{LAB}")[1]
    assert found["phase"] != "failed", found
    return found


@pytest.mark.usefixtures("labs")
def test_nothing_of_another_tenant_is_in_the_api_in_the_page_or_behind_its_door(
    alice: Page, eve: Page
) -> None:
    theirs = the_lab(eve, "red")
    at = f"/api/v1/tenants/{slug_of('red')}"
    assert ask(eve, "GET", f"{at}/services/{LAB}")[0] == 200
    for path in (
        "",
        "/services",
        f"/services/{LAB}",
        f"/services/{LAB}/logs",
        "/secrets",
        "/quota",
    ):
        assert ask(alice, "GET", f"{at}{path}")[0] == 404, path
    assert ask(alice, "DELETE", f"{at}/services/{LAB}")[0] == 404
    page = alice.context.new_page()
    for path in ("services", f"services/{theirs['id']}", "secrets", "members"):
        page.goto(f"{ORIGIN}/t/{slug_of('red')}/{path}")
        expect(page.get_by_text("There is nothing here")).to_be_visible()
    answer = page.goto(theirs["url"])
    assert answer is not None
    assert answer.status == 404
    page.close()


@pytest.mark.usefixtures("labs")
def test_a_tool_opens_its_tenants_bucket_alone(story: Story) -> None:
    script = (
        "import boto3, botocore\n"
        "s3 = boto3.client('s3')\n"
        f"s3.put_object(Bucket={bucket_of('blue')!r}, Key='own', Body=b'1')\n"
        "try:\n"
        f"    s3.list_objects_v2(Bucket={bucket_of('red')!r})\n"
        "except botocore.exceptions.ClientError as refusal:\n"
        "    print(refusal.response['Error']['Code'])\n"
    )
    assert python(story, script) == "AccessDenied"


def python(story: Story, script: str) -> str:
    """What the script prints in the tool of Story Blue."""
    code, said = story.inside("blue", LAB, "python3", "-c", script, container="jupyter")
    assert code == 0, said
    return said.strip()


@pytest.mark.usefixtures("labs")
def test_a_pods_own_token_opens_its_tenants_secrets_alone(story: Story) -> None:
    def bao(*words: str, token: str = "") -> tuple[int, str]:
        told = f"BAO_ADDR={story.injector.vault} BAO_TOKEN={token} VAULT_SKIP_VERIFY=true HOME=/tmp"
        command = f"{told} bao {' '.join(words)}"
        return story.inside("blue", LAB, "/bin/sh", "-c", command, container=AGENT)

    def sign_in_as(role: str) -> tuple[int, str]:
        login = ("write", "-field=token", "auth/kubernetes/login")
        return bao(*login, f"role={role}", f"jwt=@{AGENTS_TOKEN}")

    code, said = sign_in_as(service_role_name(slug_of("red"), LAB))
    assert code != 0, said
    code, token = sign_in_as(service_role_name(slug_of("blue"), LAB))
    assert code == 0, token
    found = [
        bao("kv", "get", "-mount=datalab", f"{slug_of(group)}/shared/both", token=token.strip())
        for group in ("blue", "red")
    ]
    assert (found[0][0], "of blue" in found[0][1]) == (0, True), found[0]
    assert found[1][0] != 0
    assert "403" in found[1][1]


@pytest.mark.usefixtures("labs")
def test_a_tool_reaches_no_other_tenants_pod_no_api_server_and_no_metadata(story: Story) -> None:
    [theirs] = story.pods("red", LAB)
    s3 = urlsplit(story.around.values["s3"]["endpoint"])
    name = f"{LAB}.{namespace_of('red')}.svc.cluster.local"
    places = {
        "s3": (s3.hostname, s3.port),
        "itself": (story.pods("blue", LAB)[0]["status"]["podIP"], 8888),
        "their pod": (theirs["status"]["podIP"], 8888),
        "their name": (name, port_of(story, "red")),
        "the API server": (API_SERVICE_IP, 443),
        "the API server by its name": ("kubernetes.default.svc.cluster.local", 443),
        "the node's own": (NODE_IP, 6443),
        "the kubelet": (NODE_IP, 10250),
        "the cloud's metadata": ("169.254.169.254", 80),
        "the database": (NODE_IP, story.around.values["database"]["port"]),
    }
    script = (
        "import json, socket, concurrent.futures\n"
        "def reached(place):\n"
        "    try:\n"
        "        socket.create_connection(place, timeout=4).close()\n"
        "    except OSError:\n"
        "        return False\n"
        "    return True\n"
        f"places = {places!r}\n"
        "with concurrent.futures.ThreadPoolExecutor(20) as pool:\n"
        "    found = list(pool.map(reached, places.values()))\n"
        "print(json.dumps([name for name, one in zip(places, found) if one]))\n"
    )
    assert json.loads(python(story, script)) == ["s3", "itself"]


def port_of(story: Story, group: str) -> int:
    path = f"/api/v1/namespaces/{namespace_of(group)}/services/{LAB}"
    service = story.installed.api.get(path) or {}
    return int(service["spec"]["ports"][0]["port"])


@pytest.mark.usefixtures("labs")
def test_a_tools_account_has_no_token_and_no_rights(story: Story) -> None:
    [pod] = story.pods("blue", LAB)
    code, _ = story.inside("blue", LAB, "ls", "/var/run/secrets", container="jupyter")
    assert code != 0
    at = namespace_of("blue")
    account = f"system:serviceaccount:{at}:{pod['spec']['serviceAccountName']}"
    reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    for verb, resource in (("get", "secrets"), ("list", "pods"), ("create", "pods")):
        wanted = {"verb": verb, "resource": resource, "namespace": at}
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{at}", "system:authenticated"]
        spec = {"user": account, "groups": groups, "resourceAttributes": wanted}
        found = story.installed.api.create(reviews, {"spec": spec})
        assert not found["status"]["allowed"], (verb, resource)
