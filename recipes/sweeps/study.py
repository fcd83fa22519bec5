"""A study on disk, which any number of processes share and go on with: who takes which trial, and what was cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from voiceclone.errors import ConfigError, DataError, did_you_mean

if TYPE_CHECKING:
    import optuna
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial, Trial

    from recipes.sweeps.space import Setting

DIRECTIONS = ("minimize", "maximize")


class Lock:
    """A lock of the operating system on a file, which ends with the process that holds it, however that ends."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        """Wait for it; the name and the answer are those that Optuna's journal expects."""
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()

    def try_acquire(self) -> bool:
        """Whether it was free; then it is ours."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True


@dataclass
class Study:
    """``folder`` holds ``study.journal``, the file of ``record``, and in ``trials/<number>`` what each trial leaves.

    A trial belongs to the process that holds the lock in its folder. One that is running while its lock is free was
    cut off: whoever comes next takes it up, with the same number and settings, so that its run goes on.
    """

    folder: Path
    record: optuna.Study
    _locks: dict[int, Lock] = field(default_factory=dict)

    def take(self, n_trials: int, space: Iterable[Setting], sampler: Callable[[int], BaseSampler]) -> Trial | None:
        """A trial to run, its settings drawn by ``sampler(number)``; None where ``n_trials`` are finished or run."""
        import optuna

        with self.alone():
            trials = self.record.get_trials(deepcopy=False)
            running = [trial for trial in trials if trial.state.name == "RUNNING"]
            cut_off = next((trial for trial in running if self._own(trial.number)), None)
            if cut_off is None and len(self.finished()) + len(running) >= n_trials:
                return None
            number = len(trials) if cut_off is None else cut_off.number
            self.record.sampler = sampler(number)
            if cut_off is not None:
                trial = optuna.Trial(self.record, cut_off._trial_id)
            else:
                self._own(number)
                trial = self.record.ask()
            for setting in space:
                setting.suggest(trial)
            return trial

    def let_go(self, trial: Trial) -> None:
        """Another process may have ``trial``, if it is not finished."""
        self._locks.pop(trial.number).release()

    def finished(self) -> list[FrozenTrial]:
        """Trials that were carried through or given up on purpose: those that count."""
        trials = self.record.get_trials(deepcopy=False)
        return [trial for trial in trials if trial.state.name in ("COMPLETE", "PRUNED")]

    def best(self) -> FrozenTrial | None:
        """The best trial that was carried through, if one was."""
        try:
            return self.record.best_trial
        except ValueError:
            return None

    def trial_folder(self, number: int) -> Path:
        return self.folder / "trials" / str(number)

    def _own(self, number: int) -> bool:
        folder = self.trial_folder(number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock(folder / "lock")
        if not lock.try_acquire():
            return False
        self._locks[number] = lock
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process takes a trial or writes results."""
        lock = Lock(self.folder / "study.lock")
        lock.acquire()
        try:
            yield
        finally:
            lock.release()


def open_study(folder: Path, direction: str) -> Study:
    """The study in ``folder``, made where there is none.

    Raises `ConfigError` for an unknown direction or where Optuna is missing, `DataError` for a damaged journal.
    """
    if direction not in DIRECTIONS:
        raise ConfigError(f"direction={direction}: no such direction. {did_you_mean(direction, DIRECTIONS)}")
    optuna = import_optuna()
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    path = folder / "study.journal"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock(folder / "journal.lock")
        _mend(path, lock)
        storage = JournalStorage(JournalFileBackend(str(path), lock))  # type: ignore[arg-type]
        study = optuna.create_study(storage=storage, study_name="sweep", direction=direction, load_if_exists=True)
        study.get_trials()
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror}). Set paths.output=<folder>.") from error
    except Exception as error:
        raise DataError(
            f"{path}: damaged ({type(error).__name__}: {error}). Put a copy of it back, or move it away to begin the "
            f"study anew; the runs of its trials lie in {folder / 'trials'}."
        ) from error
    return Study(folder, study)


def import_optuna() -> Any:
    """The package, quiet; raises `ConfigError` that says how to install it."""
    try:
        import optuna
    except ImportError:
        raise ConfigError("sweeps need the package optuna: pip install -e '.[sweep]'.") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _mend(path: Path, lock: Lock) -> None:
    """Cut off a last line that a crash of the machine left half written; what is appended would spoil it for good."""
    lock.acquire()
    try:
        content = path.read_bytes() if path.is_file() else b""
        if content and not content.endswith(b"\n"):
            with path.open("r+b") as file:
                file.truncate(content.rfind(b"\n") + 1)
    finally:
        lock.release()
