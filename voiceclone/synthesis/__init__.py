"""Text, a voice and an emotion to a waveform."""
