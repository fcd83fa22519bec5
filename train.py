"""Train a network or a whole voice: ``python train.py experiment=<name> corpus=<name> [key=value ...]``."""

from recipes.train import main

if __name__ == "__main__":
    main()
