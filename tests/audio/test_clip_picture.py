"""The picture of a clip: four panels under one time axis."""

from __future__ import annotations

import pytest

from voiceclone.audio.picture import clip_picture


@pytest.mark.parametrize("name", ["hifigan_22k", "tacotron2_22k", "ge2e_16k"])
def test_four_panels_share_the_clips_time_axis(tmp_path, contract_of, babble, name):
    contract = contract_of(name)
    figure = clip_picture(babble(1.0, contract.sample_rate), contract, title="a clip")
    assert [panel.get_ylabel() for panel in figure.axes] == ["amplitude", "mel band", "F0 (Hz)", "energy (dBFS)"]
    assert all(panel.get_xlim() == (0, 1) for panel in figure.axes)
    left, right, *_ = figure.axes[1].images[0].get_extent()
    assert left == pytest.approx(0, abs=contract.hop_length / contract.sample_rate)
    assert right == pytest.approx(1, abs=contract.hop_length / contract.sample_rate)
    figure.savefig(tmp_path / "clip.png")
    assert (tmp_path / "clip.png").stat().st_size > 10_000
