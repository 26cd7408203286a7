"""Cases: enquiries, complaints and crises, from the moment they are opened until they are closed.

`opening` takes one on and gives it to somebody, `clocks` says when it has to be answered, solved and asked about again,
`moving` and `crisis` take it from step to step, `listing` and `due` show where it stands, `refreshing` gives those that
came in otherwise (with a file, or edited) their clocks.
"""
