"""python prepare.py corpus=<name or list> [paths.data=<folder>] [key=value ...]"""

from recipes.prepare import main

if __name__ == "__main__":
    main()
