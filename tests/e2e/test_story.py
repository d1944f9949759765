"""The whole story in a browser: sign in, launch, work with the bucket and a secret, remove."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.buckets import object_keys, object_text
from tests.e2e.platform import Account, Platform, until
from tests.e2e.steps import MINUTE, launch, open_tool, remove_service, sign_in, write_secret
from tests.e2e.tools import new_terminal, open_notebook, run_cell

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(900)]

SECRET = "correct horse battery staple"


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_a_data_scientists_day(
    person: BrowserContext, browser: Browser, platform: Platform
) -> None:
    bob = platform.account("acme", "member")
    page = sign_in(person, platform, bob)
    write_secret(page, "db", "DB_PASSWORD", SECRET)

    # JupyterLab: the bucket without a key, the secret as a variable and as a file.
    card = launch(page, "JupyterLab", "notebook", secret="db")
    tool = open_tool(person, card)
    open_notebook(tool)
    listed = run_cell(
        tool,
        "import boto3, os\n"
        "s3 = boto3.client('s3')\n"
        "s3.put_object(Bucket=os.environ['DATALAB_BUCKET'], Key='hello.txt', Body=b'hello')\n"
        "print([o['Key'] for o in "
        "s3.list_objects_v2(Bucket=os.environ['DATALAB_BUCKET'])['Contents']])",
    )
    assert "hello.txt" in listed
    secret = run_cell(
        tool,
        "print(os.environ['DB_PASSWORD'], '|', open('/vault/secrets/DB_PASSWORD').read())",
    )
    assert secret.strip() == f"{SECRET} | {SECRET}"
    assert "AKIA" not in run_cell(tool, "print([k for k in os.environ if 'SECRET_ACCESS' in k])")

    # A secret that changes in the page reaches the running tool's file within seconds.
    change_secret(platform, bob, "db", {"DB_PASSWORD": "changed"})
    seen = run_cell(
        tool,
        "import time\n"
        "until = time.time() + 5\n"
        "while open('/vault/secrets/DB_PASSWORD').read() != 'changed' and time.time() < until:\n"
        "    time.sleep(0.1)\n"
        "print(open('/vault/secrets/DB_PASSWORD').read())",
    )
    assert seen.strip() == "changed"

    # Nobody of another tenant sees any of it.
    other = browser.new_context()
    stranger = sign_in(other, platform, platform.account("globex", "member"))
    stranger.get_by_role("link", name="My services").click()
    expect(stranger.get_by_role("article")).to_have_count(0)
    answer = stranger.goto(tool.url)
    assert answer is not None
    assert answer.status == 404
    other.close()

    remove_service(page, "notebook")
    with platform.api(bob) as api:
        used = api.get("tenants/acme/quota").json()["used"]
    assert (used["services"], used["cpu"]) == (0, "0")


def change_secret(platform: Platform, account: Account, path: str, data: dict[str, str]) -> None:
    with platform.api(account) as api:
        assert api.put(f"tenants/acme/secrets/{path}", json={"data": data}).status_code == 200


def test_the_same_in_the_terminal_of_vs_code(person: BrowserContext, platform: Platform) -> None:
    bob = platform.account("acme", "member")
    page = sign_in(person, platform, bob)
    change_secret(platform, bob, "terminal", {"TERMINAL_SECRET": SECRET})
    card = launch(page, "VS Code", "editor", secret="terminal")
    tool = open_tool(person, card)
    tool.locator(".monaco-workbench").wait_for(timeout=MINUTE)
    terminal = new_terminal(tool)
    terminal.click()
    script = (
        "import boto3,os;boto3.client('s3').put_object(Bucket=os.environ['DATALAB_BUCKET'],"
        "Key='from-terminal.txt',Body=os.environ['TERMINAL_SECRET'].encode())"
    )
    tool.keyboard.type(f'python3 -c "{script}"\n', delay=5)
    stored = until(
        lambda: object_text(platform, "dl-acme", "from-terminal.txt"),
        within=180,
        what=lambda: tool.screenshot(path=str(platform.state / "vscode.png")),
    )
    assert stored == SECRET
    remove_service(page, "editor")


def test_mlflow_keeps_its_artifacts_in_the_tenants_bucket(
    person: BrowserContext, platform: Platform
) -> None:
    bob = platform.account("acme", "member")
    page = sign_in(person, platform, bob)
    card = launch(page, "MLflow", "tracking")
    tool = open_tool(person, card)
    expect(tool.get_by_text("Experiments").first).to_be_visible(timeout=MINUTE)
    address = httpx.URL(tool.url)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{platform.port}",
        headers={"Host": address.netloc.decode(), "Authorization": f"Bearer {bob.token}"},
        timeout=60,
    ) as mlflow:
        answer = mlflow.put("/api/2.0/mlflow-artifacts/artifacts/0/run/model.txt", content=b"model")
        assert answer.status_code == 200, answer.text
    keys = until(
        lambda: [key for key in object_keys(platform, "dl-acme") if key.endswith("model.txt")],
        within=30,
        what=lambda: object_keys(platform, "dl-acme"),
    )
    assert keys[0].startswith("mlflow/")
    remove_service(page, "tracking")
