"""What a browser shows of a page, and what it does with it beside that."""

from dataclasses import dataclass, field

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


@dataclass
class Seen:
    """What a browser did with a page, beside showing it."""

    page: object
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def refused(self):
        """What its content security policy refused: directive and address."""
        return self.page.evaluate("window.refused")

    @property
    def owned(self):
        """Whether anything ran that is not the page's own."""
        return self.page.evaluate("window.owned === 1")

    def listen(self):
        self.page.on("request", lambda each: self.requests.append(each.url))
        self.page.on("console", lambda each: self.said.append(each.text))
        self.page.on("pageerror", lambda each: self.said.append(str(each)))
        self.page.on("dialog", self.dismiss)
        self.page.add_init_script(WATCH)

    def dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()


def visible_rows(page):
    """Read the rows that are seen: gate and place."""
    rows = page.locator("#findings tbody tr:visible").all()
    return [
        f"{row.get_attribute('data-gate')} {row.locator('td').nth(3).inner_text()}" for row in rows
    ]
