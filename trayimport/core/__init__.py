"""The pure middle: no files, clock, environment, network, log or randomness.

The mapping language, from a file's text to what is sent, each rule in one place (the rulings' numbers):

    yaml_text, yaml_types, document   text → nodes with their places: 2, 20
    keys                              every key, as data; mapping_schema makes the editors' schema of it: 26
    reading, building, compiling      nodes → mapping, all problems at once
    references, literals              what a mapping may read, and must not hold: 5, 22, 23
    template_lexer, template          a text → a template: 1, 13, 14, 20
    expression, statements, calling   Jinja's tree → closures: 1, 3, 9, 10, 14, 16
    runtime                           what closures do with values, and their limits: 3, 4, 9, 10, 13, 15
    filters/                          a filter is a function, and a line in `FILTERS` of its module: 14, 16, 17
    filling                           a tree with templates → one function of a record: 11, 12
    schema_*                          schemas to one form, merged, judged: 6, 7, 21; static_schema: 19
    conversion                        what a template gives → the type that is wanted: 12
    program                           a record's stages, in order: 5, 8, 24
    tokens, placeholder, secrecy      what values mean: 17, 22, 23, 25
    example                           a mapping's own tests: 18

Each ruling's cases are in tests/language.
"""
