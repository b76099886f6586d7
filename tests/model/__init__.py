"""A small model of the protocol, explored exhaustively: each rule can be switched off, which brings its fault back."""
