"""How each endpoint is done: one module per ready feature, same name as in app/features, with `run(params, ctx)`.

No try, no retry, no status, no database, no storage: the runner owns all that.
"""
