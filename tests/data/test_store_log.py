"""A writer may die at any byte: what it finished stays, what it did not finish is cut off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from voiceclone.data.store_log import ArrayLog, ArraySpec
from voiceclone.errors import DataError

SPECS = {"a": ArraySpec("int16"), "b": ArraySpec("float32", (3,))}


def write(folder: Path, values: list[int]) -> None:
    with ArrayLog(folder, SPECS) as log:
        for value in values:
            log.append({"value": value}, {"a": np.full(value, value), "b": np.full((2, 3), value)})


def read(folder: Path) -> list[int]:
    """The values in the journal, having checked that the arrays hold what it says."""
    with ArrayLog(folder, SPECS) as log:
        records = [record for _, record in log.records()]
        flat = {name: np.fromfile(folder / f"{name}.bin", spec.dtype) for name, spec in SPECS.items()}
    for record in records:
        first, rows = record["at"]["a"]
        assert flat["a"][first : first + rows].tolist() == [record["value"]] * record["value"]
        first, rows = record["at"]["b"]
        assert flat["b"].reshape(-1, 3)[first : first + rows].tolist() == [[record["value"]] * 3] * 2
    assert len(flat["a"]) == sum(record["value"] for record in records)
    return [record["value"] for record in records]


def test_appends_add_up_over_several_openings(tmp_path: Path) -> None:
    write(tmp_path, [3, 1])
    write(tmp_path, [4])
    assert read(tmp_path) == [3, 1, 4]


def test_every_possible_cut_of_the_journal_leaves_whole_clips(tmp_path: Path) -> None:
    write(tmp_path / "whole", [3, 1, 4])
    size = (tmp_path / "whole" / "journal.jsonl").stat().st_size
    kept = []
    for cut in range(0, size + 1, 5):
        copy = tmp_path / str(cut)
        shutil.copytree(tmp_path / "whole", copy)
        os.truncate(copy / "journal.jsonl", cut)
        kept.append(len(read(copy)))
        write(copy, [9])
        assert read(copy)[-1] == 9
    assert kept == sorted(kept)
    assert set(kept) == {0, 1, 2} or set(kept) == {0, 1, 2, 3}


def test_arrays_that_lost_their_end_are_made_again_from_there(tmp_path: Path) -> None:
    write(tmp_path, [3, 1, 4])
    os.truncate(tmp_path / "b.bin", 3 * 2 * 12 - 1)
    assert read(tmp_path) == [3, 1]


def test_bytes_beyond_the_journal_are_cut_off(tmp_path: Path) -> None:
    write(tmp_path, [3])
    with open(tmp_path / "a.bin", "ab") as file:
        file.write(b"half a clip")
    write(tmp_path, [5])
    assert read(tmp_path) == [3, 5]


def test_a_writer_killed_without_warning_leaves_a_usable_log_to_the_one_that_waits(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import numpy as np
        from pathlib import Path
        from voiceclone.data.store_log import ArrayLog, ArraySpec
        log = ArrayLog(Path({str(tmp_path)!r}), {{"a": ArraySpec("int16"), "b": ArraySpec("float32", (3,))}})
        print("ready", flush=True)
        for value in range(1, 10**9):
            log.append({{"value": value}}, {{"a": np.full(value, value), "b": np.full((2, 3), value)}})
    """)
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    while not (tmp_path / "journal.jsonl").stat().st_size > 20_000:
        assert writer.poll() is None
    second = threading.Thread(target=lambda: waited.append(read(tmp_path)))
    waited: list[list[int]] = []
    second.start()
    second.join(0.3)
    assert second.is_alive()  # two writers at once would spoil the arrays
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    second.join()
    (values,) = waited
    assert values == list(range(1, len(values) + 1))
    assert len(values) > 100


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot write the store here .*paths.store"):
        ArrayLog(tmp_path / "file" / "store", SPECS)


def test_rows_of_the_wrong_shape_are_refused(tmp_path: Path) -> None:
    with ArrayLog(tmp_path, SPECS) as log, pytest.raises(DataError, match=r"rows of shape \(3,\), got \(4,\)"):
        log.append({}, {"a": np.zeros(1), "b": np.zeros((2, 4))})
