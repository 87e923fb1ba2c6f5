"""The reference of a pack's fields, and the guide to packs: up to date and complete."""

from __future__ import annotations

from pathlib import Path

from ls_expert_plugin.domains.reference import MODELS, markdown

ROOT = Path(__file__).parents[3]


def test_the_reference_is_up_to_date() -> None:
    """docs/domain-pack-fields.md is what the models say; `make docs` writes it."""
    assert (ROOT / "docs" / "domain-pack-fields.md").read_text(encoding="utf-8") == markdown()


def test_the_guide_names_every_group_of_fields() -> None:
    """Whoever reads docs/domain-packs.md has heard of each part of a pack."""
    guide = (ROOT / "docs" / "domain-packs.md").read_text(encoding="utf-8")
    for field in MODELS[0].model_fields:
        assert f"`{field}`" in guide, field
