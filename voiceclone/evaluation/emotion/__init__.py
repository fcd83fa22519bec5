"""A judge of emotions, which learns from recorded speech and from nothing that the voices are made with."""
