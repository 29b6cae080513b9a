"""What can go wrong with a model's service, in words that say what to do. Both SDKs fail alike: by HTTP status."""

from __future__ import annotations

from urllib.parse import urlsplit

from step_agents.errors import ProposerError
from step_agents.models.base import well_formed
from step_agents.usage import Usage


class Cut(ProposerError):
    """An answer broke off or made no sense as a protocol: worth another try, though it was perhaps paid for."""

    def __init__(self, code: str, message: str, usage: Usage | None = None) -> None:
        super().__init__(code, message, fatal=False, usage=usage)


def missing_key(service: str, variable: str) -> ProposerError:
    """No key is set."""
    return ProposerError(
        "MODEL-KEY-MISSING",
        f"{service} needs a key: set {variable} in the environment (in VS Code: the command "
        f"“STeP: Set API Key”), or choose the proposer “search”, which needs none",
    )


def check_url(service: str, url: str | None) -> None:
    """Looks whether an address of one's own can be one.

    Raises:
        ProposerError: nobody can be asked there.
    """
    try:
        parts = urlsplit(url or "http://none")
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, half of a bracket
        good = False
    if not good:
        raise ProposerError(
            "MODEL-REQUEST", f"{service}: {url!r} is no URL of a service; it looks like http://localhost:8000/v1"
        )


def from_status(
    service: str, status: int, text: str, *, kind: str | None = None, request: str | None = None, key: str = "the key"
) -> ProposerError:
    """The error for an HTTP status; ``kind`` is the service's own name of the error, ``request`` its request's id,
    ``key`` the variable that holds its key."""
    told = well_formed(" ".join(text.split())[:300])
    trace = f" (request {request})" if request else ""
    code, advice, fatal = _advice(key, status, kind or "", told.lower())
    return ProposerError(code, f"{service}: {advice}: {told}{trace}", fatal=fatal)


def _advice(key: str, status: int, kind: str, told: str) -> tuple[str, str, bool]:
    billing = kind in ("insufficient_quota", "billing_error") or status == 402 or "credit balance" in told
    if billing:
        return "MODEL-BILLING", "the account has no credit left; add some, or choose another proposer", True
    match status:
        case 401:
            return (
                "MODEL-KEY-REFUSED",
                f"the key was refused; check {key} (it may be revoked, or of another service)",
                True,
            )
        case 403:
            told = f"{key} may not use this model or endpoint; choose another model, or ask for access"
            return "MODEL-FORBIDDEN", told, True
        case 404:
            return (
                "MODEL-UNKNOWN",
                "there is no such model or endpoint; check the model's name and the service's URL",
                True,
            )
        case 413:
            return "MODEL-TOO-LARGE", "the prompt is too large for the service; show fewer demonstrations", True
        case 429:
            return (
                "MODEL-RATE-LIMIT",
                "the rate limit is reached, also after waiting; try later, or lower the concurrency",
                False,
            )
        case 529:
            return "MODEL-OVERLOADED", "the service is overloaded, also after waiting; try later", False
    if kind == "overloaded_error":
        return "MODEL-OVERLOADED", "the service became overloaded while it answered; try later", False
    if kind == "rate_limit_error":
        return "MODEL-RATE-LIMIT", "the rate limit was reached while it answered; try later", False
    if status >= 500 or kind == "api_error":
        return "MODEL-SERVER", "the service failed, also after new tries; try later", False
    return "MODEL-REQUEST", "the request was refused", True


def unreachable(service: str, where: str, text: str, usage: Usage | None = None) -> ProposerError:
    """No connection."""
    told = text or "no connection"
    return ProposerError(
        "MODEL-UNREACHABLE",
        f"{service}: cannot reach {where}: {told}; check the network, the proxy and the service's URL",
        fatal=False,
        usage=usage,
    )


def too_slow(
    service: str, seconds: float, usage: Usage | None = None, told: str | None = None, *, estimated: bool = False
) -> ProposerError:
    """No answer in time; ``told`` is what the service said instead of one, ``estimated`` says that it did not count
    what it was working on."""
    said = f" ({told})" if told else "; what was sent is counted by an estimate" if estimated else ""
    return ProposerError(
        "MODEL-TIMEOUT",
        f"{service}: no answer within {max(seconds, 0.1):.1f} s{said}; raise the budget, or try later",
        fatal=False,
        usage=usage,
    )
