"""The report of an evaluation: for machines, for a terminal, and for people."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from voiceclone.evaluation import gallery, tables
from voiceclone.evaluation.emotions import emotion_section
from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.pictures import embedding_map, map_legend
from voiceclone.evaluation.results import Estimate, Judged, Results
from voiceclone.evaluation.targets import verdicts
from voiceclone.evaluation.verification import verification_errors

WORST = 10


def write_report(results: Results, folder: Path, title: str = "Evaluation") -> dict[str, Path]:
    """Write ``metrics.json``, ``report.md`` and ``report.html`` (one file, nothing beside it) into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = _content(results, title)
    written = {
        "metrics.json": json.dumps(as_json(results), indent=1, ensure_ascii=False, allow_nan=False),
        "report.md": render("report.md.txt", content),
        "report.html": render("report.html", content),
    }
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8")
    return {name: folder / name for name in written}


def render(template: str, content: Mapping[str, Any]) -> str:
    """A page from one of the templates of this package."""
    environment = Environment(
        loader=PackageLoader("voiceclone.evaluation"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(content)


def as_json(results: Results) -> dict[str, Any]:
    """Everything that was found, in plain values; what is not known is null."""
    return {
        "sample_rate": results.sample_rate,
        "remarks": list(results.remarks),
        "missing": dict(results.missing),
        "targets": [asdict(verdict) for verdict in verdicts(results)],
        "verification_eer": verification_errors(results),
        "extras": dict(results.extras),
        "systems": {judged.name: _system(results, judged) for judged in results.judged},
    }


def _system(results: Results, judged: Judged) -> dict[str, Any]:
    estimates = {name: judged.estimate(name) for name in results.metrics}
    return {
        "same_timing": judged.system.same_timing,
        "clips": len(judged.system.clips),
        "figures": {name: _figure(results, name, estimate) for name, estimate in estimates.items() if estimate},
        **{f"by_{by}": _groups(results, judged, by) for by in ("speaker", "emotion")},
        "per_clip": {
            clip_id: {name: outcome.reason or outcome.value for name, outcome in outcomes.items()}
            for clip_id, outcomes in judged.outcomes.items()
        },
    }


def _groups(results: Results, judged: Judged, by: str) -> dict[str, Any]:
    groups = results.breakdown(judged, by)
    return {group: {name: _figure(results, name, e) for name, e in found.items()} for group, found in groups.items()}


def _figure(results: Results, name: str, estimate: Estimate) -> dict[str, float | None]:
    found: dict[str, float | None] = {
        key: None if math.isnan(value) else value for key, value in asdict(estimate).items()
    }
    own = results.judge_accuracy(name)
    return found if own is None else found | {"judge_accuracy": own}


def _content(results: Results, title: str) -> dict[str, Any]:
    embeddings, speakers = gallery.voices(results)
    listening = results.extras.get("listening")
    return {
        "title": title,
        "results": results,
        "verdicts": verdicts(results),
        "overview": tables.overview(results),
        "breakdowns": _breakdowns(results),
        "missing": {figure(name).title: reason for name, reason in results.missing.items()},
        "gaps": tables.gaps(results),
        "emotions": emotion_section(results),
        "verification": {name: figure("eer").write(rate) for name, rate in verification_errors(results).items()},
        "map": embedding_map(embeddings, speakers) if sum(map(len, embeddings.values())) > 2 else None,
        "map_legend": map_legend(embeddings, speakers),
        "listening": listening,
        "opinions": tables.opinions(listening) if listening else None,
        "worst": {judged.name: gallery.worst(results, judged, WORST) for judged in results.candidates},
        "speed": tables.speed(results),
    }


def _breakdowns(results: Results) -> dict[str, tables.Table]:
    found = {
        f"{judged.name}, by {by}": tables.breakdown(results, judged, by)
        for judged in results.judged
        for by in ("speaker", "emotion")
    }
    return {title: table for title, table in found.items() if table is not None}
