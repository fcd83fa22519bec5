"""Speak: ``python generate.py --input input.txt --output output/ --emotion happy --speaker-wav ref.wav``."""

from recipes.generate import main

if __name__ == "__main__":
    main()
