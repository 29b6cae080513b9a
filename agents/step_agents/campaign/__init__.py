"""Campaigns: the loop over a whole suite, with budgets, a journal to resume from, and workers."""

from __future__ import annotations

from step_agents.campaign.bench import bench
from step_agents.campaign.budget import Budget
from step_agents.campaign.errors import CampaignError
from step_agents.campaign.request import BenchRequest
from step_agents.campaign.result import BenchResult

__all__ = ["BenchRequest", "BenchResult", "Budget", "CampaignError", "bench"]
