"""HTTP and nothing else: reads requests, asks app.jobs, writes replies. Never blocks the event loop."""
