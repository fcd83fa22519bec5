"""What is written to a store is what comes out: whole, selected, joined, extended, exported."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from toy_store import CONTRACT, MEL, arrays, clip, header, make_store

from voiceclone.data.store import Store
from voiceclone.data.store_export import export
from voiceclone.data.store_index import write_header
from voiceclone.data.store_join import JoinedStore
from voiceclone.data.store_layers import add_array
from voiceclone.data.store_table import metadata_table
from voiceclone.errors import DataError

PEOPLE = [
    clip("a", speaker="anna", emotion="happy", intensity=0.5),
    clip("b", speaker="bert", split="test", text=None, extra={"take": 2}),
    clip("c", speaker="小明", language="cmn", emotion="sad", split="validation"),
]


def test_a_clip_comes_out_as_it_went_in(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE, frames=[10, 20, 30])
    assert [item.id for item in store] == ["a", "b", "c"]
    assert (store[2].speaker, store[2].language, store[0].intensity, store[1].extra) == (
        "小明",
        "cmn",
        0.5,
        {"take": 2},
    )
    for row, frames in enumerate([10, 20, 30]):
        for name, array in arrays(frames, row).items():
            np.testing.assert_array_equal(store[row].arrays[name], array)
    assert store.lengths(MEL).tolist() == [10, 20, 30]
    np.testing.assert_array_equal(store.read(MEL, 2, 5, 8)[:, 0], [5, 6, 7])
    assert store.contracts == {CONTRACT.fingerprint(): CONTRACT}


def test_clips_are_numbered_as_in_a_list(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    assert (store[-1].id, store.select(split="test")[-1].id) == ("c", "b")
    with pytest.raises(IndexError):
        store[3]


def test_a_read_never_runs_into_the_next_clip(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE, frames=[10, 20, 30])
    assert store.read("f0", 0, 8, 25).shape == (2,)
    assert store.read("f0", 0, 12, 25).shape == (0,)


def test_selection_by_split_speaker_and_emotion(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    assert [item.id for item in store.select(split="train")] == ["a"]
    assert [item.id for item in store.select(speakers=["小明", "anna"])] == ["a", "c"]
    assert [item.id for item in store.select(emotions=["sad"]).select(split=["validation", "test"])] == ["c"]
    assert store.select(speakers=["bert"]).present("speaker") == ("bert",)
    assert len(make_store(tmp_path, PEOPLE[:1], corpus="one").select(split="test")) == 0
    with pytest.raises(DataError, match=r"speaker=ana.*Did you mean 'anna'"):
        store.select(speakers=["ana"])


def test_codes_mean_the_same_in_every_selection(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    test = store.select(split="test")
    assert test.speakers[test.codes("speaker")[0]] == "bert"
    assert test.codes("emotion").tolist() == [-1]


def test_joined_stores_keep_people_apart_and_share_emotions(tmp_path: Path) -> None:
    one = make_store(tmp_path, [clip("1", emotion="sad"), clip("2", emotion="happy")], corpus="one")
    two = make_store(tmp_path, [clip("1", emotion="happy"), clip("2")], corpus="two")
    joined = JoinedStore([one, two])
    assert joined.speakers == ("one/anna", "two/anna")
    assert joined.emotions == ("sad", "happy")
    assert joined.codes("emotion").tolist() == [0, 1, 1, -1]
    assert [joined.ident(row) for row in range(4)] == ["one/1", "one/2", "two/1", "two/2"]
    assert joined[2].id == "two/1"
    np.testing.assert_array_equal(joined.read(MEL, 3), two.read(MEL, 1))
    assert [item.id for item in joined.select(speakers=["two/anna"], emotions=["happy"])] == ["two/1"]


def test_a_corpus_is_not_joined_with_itself(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    with pytest.raises(DataError, match="toy is joined with itself"):
        JoinedStore([store, store])


def test_an_array_only_one_of_the_joined_stores_has_is_named(tmp_path: Path) -> None:
    one, two = make_store(tmp_path, PEOPLE, corpus="one"), make_store(tmp_path, PEOPLE, corpus="two")
    one = add_array(one, "extra", lambda items: ((item.id, np.ones(4)) for item in items))
    with pytest.raises(DataError, match=r"'extra' is not in every joined store: two lack it"):
        JoinedStore([one, two]).lengths("extra")


def test_an_added_array_survives_a_stop_and_goes_on_with_the_rest(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)

    def dies_after_one(items):
        yield next(items).id, np.full(4, 7, np.float32)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_array(store, "speaker_embedding@x", dies_after_one)
    asked = []
    store = add_array(
        store,
        "speaker_embedding@x",
        lambda items: (asked.append(i.id) or (i.id, np.zeros(4, np.float32)) for i in items),
    )
    assert asked == ["b", "c"]
    assert store[0].arrays["speaker_embedding@x"].tolist() == [7, 7, 7, 7]
    assert store[2].arrays["speaker_embedding@x"].shape == (4,)
    assert add_array(store, "speaker_embedding@x", lambda items: [(i.id, np.zeros(4)) for i in items]) is store


def test_of_several_that_add_the_same_array_one_makes_it(tmp_path: Path) -> None:
    """As the ranks of one training do."""
    store, asked = make_store(tmp_path, PEOPLE), []

    def slow(items):
        for item in items:
            time.sleep(0.05)
            asked.append(item.id)
            yield item.id, np.ones(4, np.float32)

    with ThreadPoolExecutor(4) as ranks:
        found = list(ranks.map(lambda _: add_array(Store(store.path, store.generation), "e@x", slow), range(4)))
    assert asked == ["a", "b", "c"]
    assert {opened.generation for opened in found} == {store.generation + 1}
    assert all(opened[2].arrays["e@x"].tolist() == [1, 1, 1, 1] for opened in found)


def test_an_added_array_belongs_to_the_version_of_the_clip_it_was_made_from(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    add_array(store, "e@x", lambda items: [(item.id, np.ones(2, np.float32)) for item in items])
    again = make_store(tmp_path, PEOPLE[:2])
    assert all("e@x" not in item.arrays for item in again)


def test_an_added_array_of_another_shape_or_for_nobody_is_refused(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    store = add_array(store, "e", lambda items: [(next(items).id, np.ones(2, np.float32))])
    with pytest.raises(DataError, match="another type or shape"):
        add_array(store, "e", lambda items: [(next(items).id, np.ones((1, 3), np.float32))])
    with pytest.raises(DataError, match="which is no clip of it"):
        add_array(store, "e", lambda items: [("nobody", np.ones(2, np.float32))])
    with pytest.raises(DataError, match="cannot name a new array"):
        add_array(store, "wave", lambda items: [])


def test_the_metadata_is_a_datasets_table(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE, frames=[10, 20, 30])
    table = metadata_table(store)
    assert table.filter(lambda row: row["language"] == "cmn")["id"] == ["c"]
    assert table[1]["text"] is None
    first, rows = table[2]["at wave"]
    flat = np.memmap(store.array_file("wave"), dtype=np.int16, mode="r")
    np.testing.assert_array_equal(flat[first : first + rows], store[2].arrays["wave"])
    assert table[0]["symbols"] == store[0].symbols.tolist()


def test_a_part_travels_as_a_store_of_its_own(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE, frames=[10, 20, 30])
    store = add_array(store, "e@x", lambda items: [(item.id, np.ones(2, np.float32)) for item in items])
    part = export(
        store.select(split=["train", "validation"]), tmp_path / "part", arrays=[MEL, "e@x"], dtypes={MEL: "float16"}
    )
    assert [item.id for item in part] == ["a", "c"]
    assert part.specs.keys() == {MEL, "e@x"}
    assert part[1].arrays["e@x"].tolist() == [1, 1]
    np.testing.assert_allclose(part.read(MEL, 1), store.read(MEL, 2), rtol=1e-3)
    with pytest.raises(DataError, match="holds a store already"):
        export(store, tmp_path / "part")


def test_reading_a_store_needs_numpy_alone(tmp_path: Path) -> None:
    make_store(tmp_path, PEOPLE)
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['datasets', 'torch', 'hydra', 'librosa', 'pytorch_lightning']));"
        f"from voiceclone.data.store import Store; print(Store({str(tmp_path / 'toy-x')!r})[2].speaker.encode())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == repr("小明".encode()).encode()


def test_a_store_goes_to_worker_processes_as_a_path(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE, frames=5000)
    sent = pickle.dumps(JoinedStore([store]).select(split="train"))
    assert len(sent) < 5000
    assert pickle.loads(sent)[0].id == "toy/a"


def test_a_store_that_is_missing_or_not_whole_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no prepared store here"):
        Store(tmp_path / "nowhere")
    store = make_store(tmp_path, PEOPLE)
    write_header(store.path, {**store.header, "generation": 9})
    with pytest.raises(DataError, match=r"index-9.*damaged index"):
        Store(store.path)
    write_header(store.path, store.header)
    with open(store.array_file("f0"), "r+b") as file:
        file.truncate(40)
    with pytest.raises(DataError, match=r"f0.bin: holds 10 rows where the index counts on 150"):
        Store(store.path)


def test_a_store_of_another_format_asks_to_be_prepared_again(tmp_path: Path) -> None:
    store = make_store(tmp_path, PEOPLE)
    text = (store.path / "store.json").read_text("utf-8").replace('"format": 1', '"format": 99')
    (store.path / "store.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match="format 99"):
        Store(store.path)


def test_stores_of_different_symbol_tables_do_not_join(tmp_path: Path) -> None:
    one, two = make_store(tmp_path, PEOPLE, corpus="one"), make_store(tmp_path, PEOPLE, corpus="two")
    write_header(two.path, {**header("two"), **two.header, "symbols_version": "2"})
    with pytest.raises(DataError, match="different symbol tables"):
        JoinedStore([one, Store(two.path)])
