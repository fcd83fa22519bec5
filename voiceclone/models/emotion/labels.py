"""The names of emotions: nine canonical labels, what else people call them, and where they lie on the circumplex."""

from __future__ import annotations

from voiceclone.errors import DataError, did_you_mean

LABELS: tuple[str, ...] = (
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored",
)  # fmt: skip
"""Every label a corpus or a request may use. The order is part of checkpoints: append, never reorder."""

NEUTRAL = "neutral"
"""The one that is no emotion."""

CHINESE: dict[str, str] = {
    "neutral": "中性",
    "calm": "平静",
    "happy": "开心",
    "sad": "悲伤",
    "angry": "愤怒",
    "fearful": "恐惧",
    "disgust": "厌恶",
    "surprised": "惊讶",
    "bored": "无聊",
}
"""One Chinese name per label, for pages and messages; `canonical` understands many more."""

CIRCUMPLEX: dict[str, tuple[float, float]] = {
    "neutral": (0.0, 0.0),
    "calm": (0.78, -0.68),
    "happy": (0.87, 0.54),
    "sad": (-0.81, -0.40),
    "angry": (-0.40, 0.79),
    "fearful": (-0.12, 0.79),
    "disgust": (-0.67, 0.49),
    "surprised": (0.42, 0.88),
    "bored": (-0.35, -0.78),
}
"""Label -> (valence, arousal), each in -1..1: Russell's circumplex (1980) as Paltoglou and Thelwall (2013) read it off
Scherer's figure. "happy" stands where they have "delighted", since what actors play is joy, not contentment."""

_SYNONYMS: dict[str, str] = {
    "neutral": "normal neutrality 中性 中立 自然 普通 无情感",
    "calm": "calmness relaxed peaceful 平静 冷静 平和 镇定",
    "happy": "happiness joy joyful delighted cheerful 开心 快乐 高兴 喜悦 愉快 欢快",
    "sad": "sadness sorrow sorrowful unhappy 悲伤 伤心 难过 悲哀 忧伤",
    "angry": "anger mad furious rage 愤怒 生气 恼怒 发怒",
    "fearful": "fear afraid scared anxious anxiety 恐惧 害怕 惊恐 惧怕",
    "disgust": "disgusted disgusting 厌恶 恶心 讨厌 反感",
    "surprised": "surprise astonished amazed 惊讶 惊喜 吃惊 惊奇 诧异",
    "bored": "boredom boring 无聊 厌倦 乏味",
}

_CANONICAL = {name: label for label in LABELS for name in (label, *_SYNONYMS[label].split())}


def canonical(name: str) -> str:
    """The canonical label for an English or Chinese name of an emotion: ``"anger"`` and ``"生气"`` -> ``"angry"``.

    Raises `DataError` naming the nearest known label.
    """
    label = _CANONICAL.get(name.strip().casefold())
    if label is None:
        raise DataError(f"unknown emotion {name!r}. {did_you_mean(name.strip(), _CANONICAL)}")
    return label
