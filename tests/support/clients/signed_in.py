"""A browser context of somebody who is signed in to the portal, and what a page does wrong in its layout."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.builders.portal_pages import Shown
from tests.support.clients.portal import Portal

HIGHEST_BAR_PX = 80
NARROW_PX = 500
SMALLEST_TARGET_PX = 24
# Text that is cut off, bars that stay in sight and cover a phone, and targets that a finger misses: of a tick with its label, the label; a link within
# a sentence is as high as its line (WCAG 2.5.8 excepts it). ``.sr`` is for screen readers alone.
_LAYOUT = """([highestBar, narrow, smallestTarget]) => {
  const inSentence = (one) => one.matches("a[href]") && getComputedStyle(one).display === "inline"
    && [...one.parentElement.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const targets = "a[href], button, summary, select, textarea, input:not([type=hidden])", found = [];
  const said = (one) => `${one.tagName.toLowerCase()}.${one.className} "${one.textContent.trim().slice(0, 40)}"`;
  const isHidden = (overflow) => ["hidden", "clip"].includes(overflow);
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  for (const one of document.querySelectorAll("body *")) {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (box.width < 2 || box.height < 2 || style.visibility === "hidden") continue;
    const cut = isHidden(style.overflowX) && one.scrollWidth > one.clientWidth + 1 || isHidden(style.overflowY) && one.scrollHeight > one.clientHeight + 1;
    if (cut && !one.closest(".sr") && one.textContent.trim()) found.push("cut off: " + said(one));
    const stays = style.position === "fixed" || style.position === "sticky";
    const covers = innerWidth < narrow && box.width > innerWidth * 0.6 && box.height > highestBar;
    if (stays && covers) found.push(`${Math.round(box.height)} px stay in sight: ` + said(one));
    if (!one.matches(targets) || one.closest(".sr, .skip") || inSentence(one)) continue;
    const target = (["checkbox", "radio"].includes(one.type) && one.closest("label") || one).getBoundingClientRect();
    const isSmall = Math.min(target.width, target.height) < smallestTarget - 0.5;
    if (isSmall) found.push(`${Math.round(target.width)} x ${Math.round(target.height)} px to hit: ` + said(one));
  }
  return found;
}"""


def signed_in(portal: Portal, browser: Browser, url: str, who: int, **options: Any) -> BrowserContext:
    """A context with the session of ``who``; ``options`` are Playwright's."""
    cookie = portal.browser(who).client.get_cookie("ls_expert_session")
    assert cookie is not None
    context = browser.new_context(**options)
    context.add_cookies([{"name": "ls_expert_session", "value": cookie.value, "url": url}])
    return context


def show(page: Page, url: str, shown: Shown) -> int:
    """Go to a page, send its form where fields are given, and open all that is folded; the HTTP status of what is seen."""
    response = page.goto(url + shown.path)
    assert response is not None
    if shown.fields is not None:
        form = page.locator("main form[method=post]" + "".join(f":has([name='{name}'])" for name in shown.fields)).first
        form.evaluate("one => { one.noValidate = true }")
        for name, value in shown.fields.items():
            form.locator(f"[name='{name}']").first.evaluate("(one, value) => { one.value = value }", value)
        with page.expect_navigation() as sent:
            form.evaluate("one => one.requestSubmit()")
        response = sent.value
        assert response is not None
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    return response.status


def layout_faults(page: Page) -> list[str]:
    """What of the page is wider than the window, cut off, stays in sight and covers a phone, or is too small to hit."""
    return [str(one) for one in page.evaluate(_LAYOUT, [HIGHEST_BAR_PX, NARROW_PX, SMALLEST_TARGET_PX])]
