"""What the stand-in of the auth action does: become an account, by GitHub's word on the job."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import requests

ISSUER = "https://token.actions.githubusercontent.com/token"
STS = "https://sts.googleapis.com/v1/token"
ACCOUNTS = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
TIMEOUT_S = 30


def main() -> None:
    """Become the account, or end the step with the reason."""
    given = os.environ
    if (given["FILE"], given["EXPORTED"]) != ("false", "false"):
        end("a credential in a file or the environment, where any later step finds it")
    provider = f"//iam.googleapis.com/{given['PROVIDER_NAME']}"
    asked = {"job": given["REHEARSAL_ORIGIN"], "audience": provider}
    github = call("GET", ISSUER, given["REHEARSAL_REQUEST_TOKEN"], params=asked)
    # Only a job that gets this far may sign, as only it may ask GitHub.
    with Path(given["GITHUB_ENV"]).open("a", encoding="utf-8") as file:
        file.write(f"ACTIONS_ID_TOKEN_REQUEST_URL={github['sigstore']}\n")
        file.write(f"ACTIONS_ID_TOKEN_REQUEST_TOKEN={given['REHEARSAL_REQUEST_TOKEN']}\n")
    exchanged = call("POST", STS, "", json={"audience": provider, "subjectToken": github["value"]})
    kind, name = ("generateAccessToken", "access_token")
    body: dict[str, Any] = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
    if given["FORMAT"] == "id_token":
        if not given["AUDIENCE"] or given["EMAIL"] != "true":
            end("an ID token without its audience or e-mail address, which nobody takes")
        kind, name = ("generateIdToken", "id_token")
        body = {"audience": given["AUDIENCE"], "includeEmail": True}
    elif given["FORMAT"] != "access_token":
        end("no token was asked for")
    url = f"{ACCOUNTS}/{given['ACCOUNT']}:{kind}"
    told = call("POST", url, exchanged["access_token"], json=body)
    with Path(given["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={told.get('accessToken') or told['token']}\n")


def call(verb: str, url: str, token: str, **content: Any) -> dict[str, Any]:
    """Ask one of the three."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.request(verb, url, headers=headers, timeout=TIMEOUT_S, **content)
    if not answer.ok:
        end(f"{os.environ['ACCOUNT']}: {answer.status_code}: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found


def end(why: str) -> None:
    """Fail, and stay for a moment: act may miss what is said last."""
    print(why, flush=True)
    time.sleep(1)
    sys.exit(1)


if __name__ == "__main__":
    main()
