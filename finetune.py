"""Give a voice one more speaker: python finetune.py voice=<bundle> speaker_audio=<folder> speaker=<name>."""

from recipes.finetune import main

if __name__ == "__main__":
    main()
