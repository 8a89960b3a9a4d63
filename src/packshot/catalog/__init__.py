"""The catalogue as a team works with it: what comes in, what is asked of it, what people say of it, what goes out.

`rows` reads files, `importing` keeps their rows, `queries` are questions, `review` is what people say, `feeds` and
`bundle` are what shops take.
"""
