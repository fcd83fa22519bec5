"""How figures are called and written, and which are asked of a cloned voice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Title, digits after the point, and unit of a figure, for tables."""

    title: str
    digits: int = 2
    unit: str = ""
    percent: bool = False

    def write(self, value: float) -> str:
        """The value as a reader wants it; a dash for none."""
        return "–" if value != value else f"{self._number(value)}{' %' if self.percent else self.unit}"

    def interval(self, low: float, high: float) -> str:
        """``low to high``; empty where there is none."""
        return "" if low != low else f"{self._number(low)} to {self.write(high)}"

    def _number(self, value: float) -> str:
        return f"{100 * value if self.percent else value:.{self.digits}f}"


FIGURES = {
    "pesq_wb": Figure("PESQ, wide band"),
    "pesq_nb": Figure("PESQ, narrow band"),
    "stoi": Figure("STOI", 3),
    "estoi": Figure("ESTOI", 3),
    "mcd": Figure("Mel-cepstral distortion", 2, " dB"),
    "m_stft": Figure("M-STFT distance", 3),
    "si_sdr": Figure("SI-SDR", 1, " dB"),
    "log_f0_rmse": Figure("ln F0, RMS error", 3),
    "log_f0_correlation": Figure("ln F0, correlation", 3),
    "voicing_f1": Figure("Voicing F1", 3),
    "periodicity_error": Figure("Periodicity, RMS error", 3),
    "similarity": Figure("Speaker similarity", 3),
    "duration_error": Figure("Duration error", 1, " %"),
    "rate_error": Figure("Speaking rate error", 1, " %"),
    "wer": Figure("Word error rate", 1, percent=True),
    "cer": Figure("Character error rate", 1, percent=True),
    "mos_overall": Figure("Predicted MOS, overall"),
    "mos_signal": Figure("Predicted MOS, signal"),
    "mos_background": Figure("Predicted MOS, background"),
    "mos_p808": Figure("Predicted MOS, P.808"),
    "emotion_accuracy": Figure("Emotion recognised", 1, percent=True),
    "silent": Figure("Silent clips", 1, percent=True),
    "eer": Figure("Speaker verification EER", 1, percent=True),
}


def figure(name: str) -> Figure:
    """How to write ``name``; a metric of somebody's own is called by its name."""
    return FIGURES.get(name, Figure(name, 3))
