//! Deadlines, on a clock that only the tests move, and servers that misbehave.
