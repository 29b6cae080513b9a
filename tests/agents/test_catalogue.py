"""Prices of models: the tool's table, and the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from step_agents.errors import ProposerError
from step_agents.models.anthropic import AnthropicModel
from step_agents.models.base import Access
from step_agents.models.catalogue import Card, card, cards, own_card
from step_agents.models.openai import OpenAIModel
from step_agents.usage import Usage


def written(folder: Path, text: str) -> dict[str, str]:
    """The environment of somebody with this table."""
    path = folder / "models.yaml"
    path.write_text(text)
    return {"STEPLANG_MODELS": str(path), "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("claude-opus-5-5-20260922", "claude-opus-5-5"),
        ("claude-opus-5-20260724", "claude-opus-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("claude-sonnet-4-6-latest", "claude-sonnet-4-6"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
    ],
)
def test_a_dated_name_is_the_model_without_the_date(model: str, known: str) -> None:
    assert card(model, environment={}) is cards()[known]


@pytest.mark.parametrize("model", ["claude-opus-5-6", "claude-fable-5-2", "gpt-4o-audio", "gpt-6.2-sol", "llama-3.1"])
def test_the_price_of_another_model_is_not_guessed(model: str) -> None:
    assert card(model, environment={}) == Card()
    assert Card().priced(Usage(1, 1)).cost is None


def test_a_users_price_comes_first_and_only_changes_what_it_says(tmp_path: Path) -> None:
    env = written(tmp_path, "claude-opus-5-5: {input: 2, output: 9}\ngpt-6.2-sol: {thinking: false}\n")
    mine = card("claude-opus-5-5", environment=env)
    assert (mine.input, mine.output, mine.temperature, mine.thinking) == (2, 9, False, True)
    # Of the cache nothing is said: it costs as input, 2 dollars a million tokens.
    assert mine.priced(Usage(10, 10, 10, 10)).cost == pytest.approx((10 * 2 + 10 * 9 + 20 * 2) / 1e6)
    assert card("gpt-6.2-sol", Card(thinking=True), env).thinking is False
    assert card("claude-opus-5", environment=env) is cards()["claude-opus-5"]


def test_a_service_of_ones_own_has_the_users_prices_only(tmp_path: Path) -> None:
    env = written(tmp_path, "deepseek-chat: {input: 0.28, output: 0.42, cache_read: 0.028}\n")
    url = "http://127.0.0.1:9/v1"
    assert OpenAIModel("deepseek-chat", Access(env, url)).priced
    assert not OpenAIModel("gpt-4o", Access(env, url)).priced
    assert OpenAIModel("gpt-4o", Access(env)).priced
    assert AnthropicModel("claude-haiku-4-5", Access(env)).priced
    assert not AnthropicModel("claude-next", Access(env)).priced


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "not YAML"),
        ("- a", "must map names"),
        ("a: 3", "must have some of input, output"),
        ("a: {inputs: 3}", "there is no inputs"),
        ("a: {input: cheap}", "input must be dollars"),
        ("a: {input: -1}", "input must be dollars"),
        ("a: {input: .nan}", "input must be dollars"),
        ("a: {thinking: 3}", "thinking must be true or false"),
    ],
)
def test_a_table_that_is_none_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ProposerError, match=told) as caught:
        own_card("a", environment=written(tmp_path, text))
    assert caught.value.code == "MODEL-CATALOGUE"
    assert "models.yaml" in caught.value.message


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProposerError, match="cannot be read"):
        own_card("a", environment={"STEPLANG_MODELS": str(tmp_path / "none.yaml")})
