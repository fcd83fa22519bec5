"""Judge a voice or folders of wavs: python evaluate.py generated=<folder> reference=<folder>."""

from recipes.evaluate import main

if __name__ == "__main__":
    main()
