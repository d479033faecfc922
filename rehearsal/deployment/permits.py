"""Who may call what in the rehearsal's cloud: what access/calls.toml says, and nothing else.

That each of these calls is granted in the plans, and nothing beyond them, tests/access/ shows.
"""

from collections.abc import Iterable

from aiohttp import web

from access.identities import table


class Permits:
    """Access tokens that were handed out, and what their accounts may do."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._calls = {
            (call["identity"], method, resource)
            for call in table()["calls"]
            for method in call["methods"]
            for resource in call["resources"]
        }
        self.refused: list[str] = []
        """What somebody tried who may not."""

    def hand_out(self, token: str, account: str) -> None:
        """Remember whose a token is: `release-build`."""
        self._accounts[token] = account

    def account(self, token: str) -> str:
        """Tell whose a token is; empty for nobody's."""
        return self._accounts.get(token, "")

    def check(self, token: str, methods: Iterable[str], resource: str) -> None:
        """Let a call pass if one of the methods is permitted on the resource.

        Raises:
            web.HTTPForbidden, web.HTTPUnauthorized: it is not, or the token is nobody's.
        """
        if not (account := self.account(token)):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="rehearsal"'})
        wanted = list(methods)
        if not any((account, method, resource) in self._calls for method in wanted):
            self.refused.append(f"{account}: {wanted[0]} on {resource}")
            raise web.HTTPForbidden(text=f"{account} may not {wanted[0]} on {resource}")


def bearer(request: web.Request) -> str:
    """Take the token of a request."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
