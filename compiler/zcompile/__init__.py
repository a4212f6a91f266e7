"""What a pipeline author imports, and the compiler."""
