"""What people of the stories do and look for on any page."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(words)


def press(page: Page, nom: str) -> None:
    page.get_by_role("button", name=nom, exact=True).first.click()
