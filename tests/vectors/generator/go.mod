module countersign.dev/tests/vectors/generator

go 1.25.0
