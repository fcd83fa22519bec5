"""Search for better settings: ``python sweep.py experiment=<name> search=<name> [n_trials=20] [key=value ...]``."""

from recipes.sweep import main

if __name__ == "__main__":
    main()
