"""What has come of one answer so far: whoever gives it up knows by its meter what was paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from step_agents.models.base import MAX_ANSWER, Prompt, Received, estimate_tokens, well_formed
from step_agents.models.catalogue import Card
from step_agents.usage import Usage


class Meter:
    """Counts one request. A service that says how many tokens it took is believed.

    Where it has not said so yet (an answer that breaks off, that takes too long, that is closed because it does not
    end; a service that never counts), what went over the wire is counted by its characters, on the safe side: a
    budget must not be passed by answers that nobody counted. A request of which nothing came back counts nothing,
    unless it is given up while the service works on it: what was sent is likely to be billed then.

    ``away`` says why the request is not with the service just now (no connection; a refusal after which it is going to
    be asked again), ``reached`` whether it ever was: what is not with the service costs nothing.
    """

    def __init__(
        self,
        prompt: Prompt,
        card: Card,
        received: Received | None = None,
        when_begun: Callable[[], None] = lambda: None,
    ) -> None:
        self._prompt, self._card, self._received = prompt, card, received
        self._parts: list[str] = []
        self._length = 0
        self._counted: Usage | None = None
        self._whole = False
        self._begun = False
        self._when_begun = when_begun
        self.away: str | None = None
        self.reached = True

    @property
    def text(self) -> str:
        """What has arrived, up to the bound."""
        return well_formed("".join(self._parts)[:MAX_ANSWER])

    @property
    def full(self) -> bool:
        """Whether more has arrived than is read."""
        return self._length > MAX_ANSWER

    @property
    def begun(self) -> bool:
        """Whether anything has come back."""
        return self._begun

    def begin(self) -> None:
        """Notes that something has come back: from now on it is paid, and what it shares is in the service's cache."""
        if not self._begun:
            self._begun = True
            self._when_begun()

    def take(self, text: str) -> None:
        """Notes a piece of the answer."""
        self._parts.append(text)
        self._length += len(text)
        if self._received:
            self._received(self._length)

    def count(self, usage: Usage, *, whole: bool) -> None:
        """Notes what the service counted; ``whole`` says that the answer's tokens are in it."""
        self._counted, self._whole = usage, whole

    @property
    def usage(self) -> Usage:
        """Tokens and dollars until now."""
        return self.given_up if self._begun else Usage()

    @property
    def given_up(self) -> Usage:
        """Tokens and dollars if nobody waits for it any longer: at least what was sent, counted by its characters."""
        said = self._counted
        if said is not None and self._whole:
            return self._card.priced(said)
        if self.away is not None and not self._begun:
            return Usage()
        arrived = estimate_tokens("".join(self._parts))
        if said is not None:
            return self._card.priced(Usage(said.input, max(said.output, arrived), said.cache_read, said.cache_write))
        asked = sum(map(estimate_tokens, (*self._prompt.prefix, *(turn.text for turn in self._prompt.turns))))
        return self._card.priced(Usage(asked, arrived))


def paid(meters: Iterable[Meter]) -> Usage:
    """What several requests came to."""
    return sum((one.usage for one in meters), Usage())
