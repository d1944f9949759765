"""What people do in the tools themselves."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.steps import MINUTE


def open_notebook(tool: Page) -> None:
    """From JupyterLab's launcher to a notebook whose kernel waits."""
    tool.locator('.jp-LauncherCard[data-category="Notebook"]').first.click(timeout=MINUTE)
    _wait_for_the_kernel(tool)


def open_again(tool: Page) -> None:
    """The notebook that was open when JupyterLab was left; its kernel is gone."""
    dialog = tool.locator(".jp-Dialog").filter(has_text="Select Kernel")
    dialog.get_by_role("button", name=re.compile("^Select")).click(timeout=MINUTE)
    _wait_for_the_kernel(tool)


def _wait_for_the_kernel(tool: Page) -> None:
    tool.locator(".jp-Notebook .cm-content").first.wait_for(timeout=MINUTE)
    expect(tool.get_by_text(re.compile(r"\| Idle")).first).to_be_visible(timeout=MINUTE)


def run_cell(tool: Page, code: str) -> str:
    """Type into the notebook's last cell, run it, and return what it printed."""
    cells = tool.locator(".jp-Notebook .jp-CodeCell")
    cell = cells.nth(cells.count() - 1)  # running it adds another one
    cell.locator(".cm-content").click()
    tool.keyboard.insert_text(code)
    tool.keyboard.press("Shift+Enter")
    output = cell.locator(".jp-OutputArea-output")
    expect(output.first).to_be_visible(timeout=MINUTE)
    return output.first.inner_text()


def new_terminal(tool: Page) -> Locator:
    """By the command palette, which is the same whatever keyboard there is."""
    tool.get_by_role("tree").first.wait_for(timeout=MINUTE)
    tool.keyboard.press("F1")
    palette = tool.locator(".quick-input-widget input").first
    palette.fill(">Terminal: Create New Terminal")
    tool.get_by_role("option", name=re.compile("Create New Terminal")).first.click()
    terminal = tool.locator(".terminal.xterm").first
    terminal.wait_for(timeout=MINUTE)
    return terminal
