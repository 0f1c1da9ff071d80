"""Running jobs: lease, fetch input, pipeline, store, finish. Uses app and models; neither knows of it."""
