"""The database's tables: flat, one row an experience, so that any tool can query them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA = 3
"""The version of the tables that this version of the tool writes."""

metadata = MetaData()

meta = Table(
    "steplang_meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

experiences = Table(
    "experience",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("task_hash", String(40), nullable=False),
    Column("graph_hash", String(40), nullable=False),
    Column("operator", Text, nullable=False),
    Column("task_group", Text, nullable=False, default=""),
    Column("task", JSON, nullable=False),
    Column("module", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("passes", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("proposer", String(40), nullable=False),
    Column("model", Text),
    Column("prompt_version", String(40)),
    Column("tokens_input", BigInteger, nullable=False, default=0),
    Column("tokens_output", BigInteger, nullable=False, default=0),
    Column("tokens_cache_read", BigInteger, nullable=False, default=0),
    Column("tokens_cache_write", BigInteger, nullable=False, default=0),
    Column("cost", Float),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("candidates", BigInteger, nullable=False, default=0),
    Column("fixes", JSON, nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("created", String(40), nullable=False),
    Column("tool_version", String(40), nullable=False, default=""),
    Column("accepted", Boolean),
    Column("valid", Boolean, nullable=False, default=True),
    Column("invalid_reason", Text),
)
Index("experience_task", experiences.c.task_hash)
